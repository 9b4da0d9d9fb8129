package stats

import (
	"encoding/hex"
	"maps"
	"slices"

	"cordon/alerting"
)

type id [16]byte

func parseID(s string) (i id, ok bool) {
	if len(s) != 2*len(i) {
		return i, false
	}
	_, err := hex.Decode(i[:], []byte(s))
	return i, err == nil
}

// episode is what the alerts of one unbroken stay say together.
type episode struct {
	opened, exit  int64 // ms
	zone          string
	activation    string // empty: of a tag without one
	suspected     bool
	breach        bool
	ended         bool
	retrospective bool
}

// alertCount counts the distinct alerts of one kind.
type alertCount struct{ live, retrospective int }

// Tally takes alerts and remembers what the tables need of them.
type Tally struct {
	o        Options
	seen     map[id]struct{}
	episodes map[id]*episode
	kinds    map[alerting.Kind]alertCount
	rules    map[string]struct{}
	strings  map[string]string
}

// NewTally returns a Tally with valid options.
func NewTally(o Options) *Tally {
	return &Tally{o: o, seen: map[id]struct{}{}, episodes: map[id]*episode{}, kinds: map[alerting.Kind]alertCount{},
		rules: map[string]struct{}{}, strings: map[string]string{}}
}

// Add takes one alert. A repeat changes nothing. It reports false for a record without a usable id.
func (t *Tally) Add(a *alerting.Alert) bool {
	alert, ok := parseID(a.AlertID)
	if !ok || a.Kind == "" {
		return false
	}
	if !t.o.covers(opening(a)) {
		return true
	}
	if _, repeat := t.seen[alert]; repeat {
		return true
	}
	t.seen[alert] = struct{}{}
	t.rules[a.RuleRevision] = struct{}{}
	n := t.kinds[a.Kind]
	if a.Retrospective {
		n.retrospective++
	} else {
		n.live++
	}
	t.kinds[a.Kind] = n
	t.note(a)
	return true
}

// opening is the time by which an alert is put into a bucket: that of its episode's opening, where it has one.
func opening(a *alerting.Alert) int64 {
	for _, at := range []*alerting.Time{a.OpenedFixTime, a.FixTime, a.DecidedTime} {
		if at != nil {
			return int64(*at)
		}
	}
	return int64(a.RaisedTime)
}

// note adds to an episode what the alert says of it.
func (t *Tally) note(a *alerting.Alert) {
	switch a.Kind {
	case alerting.BreachSuspected, alerting.SuspicionCleared, alerting.Breach, alerting.BreachEnded:
	default:
		return
	}
	key, ok := parseID(a.EpisodeID)
	if !ok || a.OpenedFixTime == nil {
		return
	}
	e := t.episodes[key]
	if e == nil {
		e = &episode{opened: int64(*a.OpenedFixTime), zone: t.once(a.ZoneID), activation: t.once(a.ActivationID),
			retrospective: a.Retrospective}
		t.episodes[key] = e
	}
	switch a.Kind {
	case alerting.BreachSuspected, alerting.SuspicionCleared:
		e.suspected = true
	case alerting.Breach:
		e.breach = true
	case alerting.BreachEnded:
		if exit := ended(a); exit != nil {
			e.ended, e.exit = true, int64(*exit)
		}
	}
}

func ended(a *alerting.Alert) *alerting.Time {
	if a.ExitFixTime != nil {
		return a.ExitFixTime
	}
	return a.DecidedTime
}

// once keeps one copy of a string that thousands of episodes share.
func (t *Tally) once(s string) string {
	if kept, ok := t.strings[s]; ok {
		return kept
	}
	t.strings[s] = s
	return s
}

func (t *Tally) revisions() []string { return slices.Sorted(maps.Keys(t.rules)) }
