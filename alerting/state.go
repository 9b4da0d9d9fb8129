package alerting

import (
	"math"
	"slices"
	"strings"

	"cordon/geofence"
)

// never is the time of what has not happened yet.
const never = math.MinInt64

// Fix is an observation: a ping with a position, as the decision sees it. Times are ms since the Unix epoch, UTC.
type Fix struct {
	Time          int64 // by the tag's clock
	Received      int64 // by the gateway's, when HasReceived
	Appended      int64 // of the Kafka record
	Seq           uint64
	Lat, Lon      float64 // WGS84 degrees
	AccuracyM     float64 // metres, assumed or claimed
	AccuracyLevel float64
	Source        string
	HasSeq        bool
	HasReceived   bool
	Assumed       bool // the tag claimed no accuracy
}

// opening names f as the fix that opens an episode.
func (f *Fix) opening() Opening {
	return Opening{FixTime: f.Time, Seq: f.Seq, HasSeq: f.HasSeq,
		LatE7: e7(f.Lat), LonE7: e7(f.Lon)}
}

// Tag is everything remembered about one tag. It belongs to the partition that the tag's pings come to.
//
// It is 8 lines of the processor's cache. Those from the second to the sixth are all that a ping needs of a tag that is in
// no zone: what happens to it is mostly waiting for them.
type Tag struct {
	Device   string
	Wearings []*Wearing
	turn          // no event of its episodes lies before
	quiet    turn // nor does it become silent before

	LastAppended int64         // greatest appended time of a ping of this tag
	LastLate     int64         // appended time of the last ping that went to the history track
	looked       uint32        // the look of its Watch that device, hold and current are of; 0: none
	changed      bool          // and in the list of its Watch
	gone         bool          // forgotten
	heardBy      *Wearing      // of its last ping
	current      *Wearing      // of hold's activation
	hold         geofence.Hold // who wears it now
	first        Wearing       // room for the first of Wearings

	device *geofence.Device // who wears it when
}

// Touch reads a little of each line that the next ping needs, so that it is in the processor's cache by then. The sum
// means nothing.
func (t *Tag) Touch() int64 {
	wr := &t.first
	if t.current != nil && t.current != wr {
		wr = t.current
	}
	return t.LastAppended + wr.LastFix + int64(wr.Cadence.N) + int64(wr.Last.Seq) + wr.Condition.Newest
}

// release lets go of everything that belongs to a view.
func (t *Tag) release() {
	t.looked, t.device, t.hold, t.current = 0, nil, geofence.Hold{}, nil
	for _, wr := range t.Wearings {
		wr.act, wr.bound, wr.clear = nil, nil, geofence.Clear{}
	}
}

// Forgettable reports whether nothing of the tag can matter any more: no ping of it has been appended since the instant
// (ms), no episode is open, its silence is not waited for, and nothing waits to be written.
func (t *Tag) Forgettable(before int64) bool {
	return t.LastAppended < before && !t.changed && !t.hasOpen() && t.quiet.place == 0
}

// NewTag returns the state of a tag that has not been heard.
func NewTag(device string) *Tag {
	return &Tag{Device: device, LastAppended: never, LastLate: never}
}

// Wearing is what is remembered of a tag under one activation. It never outlives the activation: the next wearer of
// the tag starts with none. What most pings need comes first.
type Wearing struct {
	LastFix      int64 // greatest fix time of a satellite position used live; by plain rules, of any position
	LastAppended int64
	LastUsable   int64          // fix time of the last usable fix used live
	Heard        int64          // what the clock said then
	clear        geofence.Clear // where no zone of the wearer is
	Open         []*Episode     // sorted by zone; those of one zone in the order in which they began
	Cadence      Cadence        // of usable fixes used live
	Assigned     bool           // Subject is an activation
	Last         Anchor         // where the last of them was
	Condition    Condition      // of the tag

	LastOther   int64                // greatest fix time of any other position
	HistoryLast int64                // fix time the history track has reached
	act         *geofence.Activation // what bound is resolved for
	bound       *geofence.Bound      // by the view that the tag looked at last
	Stays       []Stay
	Subject     string // activation id, or unassigned:<device_id>
	Wearer      string
	Tier        int
}

// forget sets every time to never: nothing is remembered yet.
func (w *Wearing) forget() {
	w.LastFix, w.LastOther, w.LastUsable, w.Heard, w.HistoryLast, w.LastAppended = never, never, never, never, never, never
	w.Condition.Newest, w.Condition.Heard = never, never
}

// cohortsOf are those of the wearer of an activation (nil: none).
func cohortsOf(act *geofence.Activation) []string {
	if act == nil {
		return nil
	}
	return act.Cohorts
}

// note takes a usable fix used live into account, at an instant of the clock.
func (w *Wearing) note(f *Fix, clock int64) {
	if w.LastUsable != never {
		w.Cadence.Note(f.Time - w.LastUsable)
	}
	w.LastUsable, w.Heard = f.Time, clock
	w.Last = Anchor{f.Lat, f.Lon, f.AccuracyM, f.AccuracyLevel, f.Seq, f.HasSeq, f.Assumed}
}

// Episode is one unbroken stay in breach of one zone, on one of the two tracks.
type Episode struct {
	Stance
	Profile      string // by which it is judged; empty: by the rule set plain
	Tier         int    // of the wearer as it opened; 0: nobody wears the tag
	Zone         string
	ZoneRevision uint64 // that judged the last fix
	ZoneKind     string
	History      bool
	overtaken    bool // see revisit
	Opening      Opening
	Since        int64 // appended time of the fix that opened it
	LastInside   int64 // fix time of the last fix in breach
	Lat, Lon     float64
	MaxDepth     float64           // metres, rounded to a centimetre, 0 and up
	Breached     int64             // the appended time at which it became a breach
	Severity     geofence.Severity // of the breach by now; before it is one, of the zone
	Escalations  int
	Seen         []Seen // the opening fix and the last ones judged since; none by the rule set plain

	due      int64    // the first instant at which time alone can change it; 0: not known yet
	profile  *Profile // of the name
	room     []Seen   // what Seen moves through, once it is full
	measured measured // of a visit, lately
}

// Seen is a fix and what it was for one zone.
type Seen struct {
	Fix
	Distance float64 // metres to the edge, rounded to a centimetre
	Class    Class
}

const mostSeen = 12 // what an alert's evidence holds

// see adds a fix to what the episode was judged by. When there is no room, the oldest one that changed nothing gives
// way, which may be the new one, else the oldest after the opening.
func (e *Episode) see(f *Fix, d float64, c Class) {
	if len(e.Seen) >= mostSeen && !e.giveWay(c == ClassUnusable) {
		return
	}
	if e.Seen == nil {
		e.Seen = make([]Seen, 0, mostSeen/3) // most suspicions are over soon
	}
	e.Seen = append(e.Seen, Seen{*f, d, c})
}

// giveWay drops the fix that gives way to a new one, not if that is the new one itself. What lies before it moves up by
// one, the opening as a rule: so a list that stays full moves through its memory, and not all of it at each fix.
func (e *Episode) giveWay(unusable bool) bool {
	i := 1
	for i < len(e.Seen) && e.Seen[i].Class != ClassUnusable {
		i++
	}
	switch {
	case i < len(e.Seen):
	case unusable:
		return false
	default:
		i = 1
	}
	copy(e.Seen[1:], e.Seen[:i])
	e.Seen = e.Seen[1:]
	if len(e.Seen) == cap(e.Seen) {
		if e.room == nil {
			e.room = make([]Seen, 2*mostSeen)
		}
		e.Seen = e.room[:copy(e.room, e.Seen)]
	}
	return true
}

// standing is how far a live or past episode has come, in the words of the metric.
func (e *Episode) standing() Standing {
	switch {
	case e.Phase == Suspected:
		return StandsSuspected
	case e.Outs > 0:
		return StandsLeaving
	}
	return StandsOpen
}

// Standing is how far an episode that is not closed has come.
type Standing uint8

// The standings.
const (
	StandsSuspected Standing = iota
	StandsOpen
	StandsLeaving
	standings
)

// Count is how many episodes have come how far, by Standing.
type Count [standings]int

// Standings are their names.
var Standings = [standings]string{StandsSuspected: "suspected", StandsOpen: "open", StandsLeaving: "leaving"}

// Stay is an episode that is over: [Opened, Exit) in fix time.
type Stay struct {
	Zone         string
	Opened, Exit int64
	Closed       int64 // appended time of the decision
}

func (t *Tag) wearing(subject, wearer string) *Wearing {
	for _, w := range t.Wearings {
		if w.Subject == subject && w.Wearer == wearer {
			return w
		}
	}
	return nil
}

// add takes the state under another activation; what it returns is where it lies from now on.
func (t *Tag) add(wr *Wearing) *Wearing {
	if t.first.Subject == "" { // not in use yet
		t.first = *wr
		wr = &t.first
	}
	t.Wearings = append(t.Wearings, wr)
	return wr
}

// hasOpen reports whether an episode of the tag is open.
func (t *Tag) hasOpen() bool {
	return slices.ContainsFunc(t.Wearings, func(w *Wearing) bool { return w.hasOpen() })
}

func (w *Wearing) hasOpen() bool { return len(w.Open) > 0 || w.Condition.open != 0 }

// episode returns the open episode of a zone on one of the tracks, nil when there is none.
func (w *Wearing) episode(zone string, history bool) *Episode {
	if len(w.Open) == 0 {
		return nil
	}
	return w.openEpisode(zone, history)
}

func (w *Wearing) openEpisode(zone string, history bool) *Episode {
	for _, e := range w.of(zone) {
		if e.History == history && !e.visits() && e.Zone == zone {
			return e
		}
	}
	return nil
}

// visit returns the visit to the warning ring of a zone, nil when there is none.
func (w *Wearing) visit(zone string) *Episode {
	if len(w.Open) == 0 {
		return nil
	}
	return w.openVisit(zone)
}

func (w *Wearing) openVisit(zone string) *Episode {
	for _, e := range w.of(zone) {
		if e.visits() && e.Zone == zone {
			return e
		}
	}
	return nil
}

// Up to few episodes are searched one by one, more by binary search: a wearer may be in a thousand zones at once.
const few = 32

// of returns a part of the open episodes that holds all those of a zone.
func (w *Wearing) of(zone string) []*Episode {
	if len(w.Open) <= few {
		return w.Open
	}
	from, to := w.span(zone)
	return w.Open[from:to]
}

// span returns the range of the open episodes of a zone, or where they would be inserted.
func (w *Wearing) span(zone string) (from, to int) {
	from, _ = slices.BinarySearchFunc(w.Open, zone, func(e *Episode, zone string) int { return strings.Compare(e.Zone, zone) })
	for to = from; to < len(w.Open) && w.Open[to].Zone == zone; to++ {
	}
	return from, to
}

// visits reports whether the episode is a visit to a warning ring.
func (e *Episode) visits() bool { return e.Phase == Near || e.Phase == Spent }

// known reports whether fix time f lies in a stay of the zone that has been alerted already, as of appended time a.
func (w *Wearing) known(zone string, f, a int64) bool {
	for _, e := range w.of(zone) {
		if e.Zone == zone && e.covers(f) {
			return true
		}
	}
	for i := range w.Stays {
		if s := &w.Stays[i]; s.Zone == zone && s.holds(f, a) {
			return true
		}
	}
	return false
}

// covers reports whether the fix time f is within the stay that was alerted as this episode.
func (e *Episode) covers(f int64) bool {
	return e.Phase >= Suspected && f >= e.Opening.FixTime && (!e.History || f <= e.LastInside)
}

// knownAny reports whether fix time f lies in a stay of any zone that has been alerted already.
func (w *Wearing) knownAny(f, a int64) bool {
	return slices.ContainsFunc(w.Open, func(e *Episode) bool { return e.covers(f) }) ||
		slices.ContainsFunc(w.Stays, func(s Stay) bool { return s.holds(f, a) })
}

// holds reports whether fix time f lies in the stay and the stay is still remembered at appended time a.
func (s *Stay) holds(f, a int64) bool { return f >= s.Opened && f < s.Exit && a-s.Closed <= knownFor }

// close moves an episode from the open ones to the stays.
func (w *Wearing) close(e *Episode, exit, closed int64) {
	w.drop(e)
	for len(w.Stays) > 0 && closed-w.Stays[0].Closed > 2*knownFor { // nearly in the order in which they closed
		w.Stays = w.Stays[1:]
	}
	w.Stays = append(w.Stays, Stay{Zone: e.Zone, Opened: e.Opening.FixTime, Exit: exit, Closed: closed})
}

// insert adds an episode to the open ones.
func (w *Wearing) insert(e *Episode) {
	_, after := w.span(e.Zone)
	w.Open = slices.Insert(w.Open, after, e)
}

// drop takes an episode off the open ones.
func (w *Wearing) drop(e *Episode) {
	from, to := w.span(e.Zone)
	if i := slices.Index(w.Open[from:to], e); i >= 0 {
		w.Open = slices.Delete(w.Open, from+i, from+i+1)
	}
}

// e7 is degrees in whole units of 1e-7, the resolution in which ids name a position.
func e7(deg float64) int64 { return int64(math.Round(deg * 1e7)) }
