package alerting

// Field numbers of checkpoint.proto. That file says what is reserved.

// Of Tag.
const (
	tagRecent       = 3
	tagLastAppended = 4
	tagLastLate     = 5
	tagHeardBy      = 6
	tagActivation   = 7
)

// Of ActivationState.
const (
	actSubject = iota + 1
	actWearer
	actTier
	actAssigned
	actLastFix
	actLastOther
	actLastUsable
	actHeard
	actHistoryLast
	actLastAppended
	actInterval
	actLast
	actOpen
	actHealth
	actStay
)

// Of Anchor.
const (
	anchorLat = iota + 1
	anchorLon
	anchorAccuracyM
	anchorAccuracyLevel
	anchorSeq
	anchorHasSeq
	anchorAssumed
)

// Of Episode.
const (
	epZone = iota + 1
	epZoneRevision
	epZoneKind
	epHistory
	epProfile
	epTier
	epPhase
	epOpening
	epSince
	epLastInside
	epLat
	epLon
	epMaxDepthM
	epSeverity
	epFix
	epBreached
	epEscalations
	epCold
	epIns
	epDeeps
	epOuts
	epFirstIn
	epFirstOut
)

// Of JudgedFix.
const (
	fixTime = iota + 1
	fixLat
	fixLon
	fixAccuracyM
	fixAccuracyLevel
	fixDistanceM
	fixSource
	fixClass
	fixSeq
	fixHasSeq
	fixAssumed
)

// Of Opening.
const (
	openingFixTime = iota + 1
	openingSeq
	openingHasSeq
	openingBlind
	openingLatE7
	openingLonE7
)

// Of Stay.
const (
	stayZone = iota + 1
	stayOpened
	stayExit
	stayClosed
)

// Of TagHealth.
const (
	healthNewest = iota + 1
	healthHeard
	healthResting
	healthMoving
	healthMoves
	healthAnchored
	healthLast
	healthFrozen
	healthFrozenSince
	healthBlind
	healthBlindSince
	healthFirstBlind
	healthAside
	healthEpisode
)

// Of ReportInterval.
const (
	intervalDay = iota + 1
	intervalLongest
	intervalSecond
	intervalLongestBefore
	intervalSecondBefore
)

// Of AsideFix.
const (
	asideTime = iota + 1
	asideFix
)

// Of TagEpisode.
const (
	issueIssue = iota + 1
	issueReason
	issueOpening
	issueTier
	issueCritical
	issueRow
	issueFirst
)
