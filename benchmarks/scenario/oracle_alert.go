package scenario

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strconv"

	"cordon/alerting"
)

func e7(deg float64) int64 { return int64(math.Round(deg * 1e7)) }

// listID is the first half of SHA-256 over a list of texts, each after its length, in hex.
func listID(list ...string) string {
	var b []byte
	for _, s := range list {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// elements are what names a ping in an id.
func (f *fix) elements() []string {
	seq := ""
	if f.hasSeq {
		seq = strconv.FormatUint(f.seq, 10)
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	if !f.positioned {
		return []string{number(f.fix), seq, "", ""}
	}
	return []string{number(f.fix), seq, number(e7(f.lat)), number(e7(f.lon))}
}

func (e *episode) openingList() []string {
	return append([]string{e.state.subject(), e.zone}, e.opening.elements()...)
}

func (e *episode) id() string { return listID(append([]string{"v1"}, e.openingList()...)...) }

func (e *episode) alertID(kind alerting.Kind, cause string) string {
	return listID(append(append([]string{"v1", string(kind)}, e.openingList()...), cause)...)
}

func wireTime(ms int64) *alerting.Time {
	t := alerting.Time(ms)
	return &t
}

// alert is what every alert of the episode says. The zone's revision and kind are those that judged its last fix in breach.
func (l *lane) alert(e *episode, kind alerting.Kind, reason alerting.Reason) alerting.Alert {
	return alerting.Alert{
		AlertID: e.alertID(kind, ""), EpisodeID: e.id(), Kind: kind, Severity: "info", Reason: reason,
		WearerID: e.state.wearer, DeviceID: e.state.device, ActivationID: e.state.activation, Tier: e.tier,
		ZoneID: e.zone, ZoneRevision: e.judgedBy.number, ZoneKind: e.judgedBy.kind,
		OpenedFixTime: wireTime(e.opening.fix), Retrospective: e.retrospective, RuleRevision: l.params.Rules.revision(),
		Evidence: slices.Clone(e.evidence),
	}
}

func breachReason(kind string) alerting.Reason {
	if kind == "inclusion" {
		return alerting.Outside
	}
	return alerting.Inside
}

func (l *lane) raiseBreach(e *episode, d float64) {
	a := l.alert(e, alerting.Breach, breachReason(e.kind))
	a.Severity = e.judgedBy.severity
	l.addPing(&a, e.opening, d)
	a.Evidence = []alerting.Evidence{l.evidence(e.opening, d, plainClass(d))}
	l.alerts = append(l.alerts, a)
}

// raiseLeft tells of a fix that ends the episode. The wearer was out at an instant which, under default, lies before it.
func (l *lane) raiseLeft(e *episode, z *zoneRevision, f fix, d float64, exit int64) {
	reason := alerting.Left
	if z.kind == "inclusion" {
		reason = alerting.Returned
	}
	a := l.ended(e, reason)
	a.ZoneRevision, a.ZoneKind = z.number, z.kind
	if a.Kind == alerting.BreachEnded {
		a.ExitFixTime = wireTime(exit)
	}
	l.addPing(&a, f, d)
	if l.params.Rules.plain() {
		a.Evidence = []alerting.Evidence{l.evidence(f, d, plainClass(d))}
	}
	l.alerts = append(l.alerts, a)
}

func (l *lane) raiseEnded(e *episode, reason alerting.Reason, decided int64) {
	a := l.ended(e, reason)
	a.DecidedTime = wireTime(decided)
	l.alerts = append(l.alerts, a)
}

// ended is of an episode that is over: a breach has ended, a suspicion is cleared.
func (l *lane) ended(e *episode, reason alerting.Reason) alerting.Alert {
	if e.stage == suspected {
		return l.alert(e, alerting.SuspicionCleared, reason)
	}
	a := l.alert(e, alerting.BreachEnded, reason)
	a.LastInsideFixTime = wireTime(e.last.fix)
	depth := e.depth
	a.MaxDepthM = &depth
	return a
}

// addPing adds the ping that decided.
func (l *lane) addPing(a *alerting.Alert, f fix, d float64) {
	p := l.position(f)
	a.FixTime, a.AppendedTime = wireTime(f.fix), wireTime(f.appended)
	if f.hasReceived {
		a.ReceivedTime = wireTime(f.received)
	}
	a.Position, a.DistanceM = &p, &d
}

// plainClass is where the position lies, whatever the kind of the zone.
func plainClass(d float64) alerting.Class {
	if d > 0 {
		return alerting.ClassOut
	}
	return alerting.ClassIn
}

// claim is the circle that the tag claims, or that is assumed for it.
func (l *lane) claim(f fix) (accuracy, level float64) {
	accuracy, level = l.params.Accuracy[f.source], l.params.Level
	if f.hasAccuracy {
		accuracy = f.accuracy
	}
	if f.hasLevel {
		level = f.level
	}
	return accuracy, level
}

func (l *lane) position(f fix) alerting.Position {
	accuracy, level := l.claim(f)
	return alerting.Position{Lat: f.lat, Lon: f.lon, AccuracyM: &accuracy, AccuracyLevel: &level, Source: f.source}
}

func (l *lane) evidence(f fix, d float64, class alerting.Class) alerting.Evidence {
	v := alerting.Evidence{FixTime: alerting.Time(f.fix), Position: l.position(f), Assumed: !f.hasAccuracy, DistanceM: d, Class: class}
	if f.hasSeq {
		v.Seq = &f.seq
	}
	return v
}

func (l *lane) openEpisodes() []Open {
	var list []Open
	for e := range l.watched {
		if e.stage == dormant || e.isVisit() {
			continue
		}
		list = append(list, Open{
			Partition: l.number, DeviceID: e.state.device, ActivationID: e.state.activation, WearerID: e.state.wearer,
			ZoneID: e.zone, EpisodeID: e.id(), Opened: e.opening.fix, LastInside: e.last.fix, MaxDepthM: e.depth,
			Suspected: e.stage == suspected, Retrospective: e.retrospective,
		})
	}
	slices.SortFunc(list, func(a, b Open) int {
		return cmp.Or(cmp.Compare(a.DeviceID, b.DeviceID), cmp.Compare(a.ActivationID, b.ActivationID),
			cmp.Compare(a.ZoneID, b.ZoneID), cmp.Compare(a.EpisodeID, b.EpisodeID))
	})
	return list
}
