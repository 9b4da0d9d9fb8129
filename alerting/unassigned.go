package alerting

import (
	"cmp"
	"container/heap"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Limits bound the cost of unassigned tags: anyone who can write pings can invent any number of them.
type Limits struct {
	UnassignedTags   int // remembered at a time; twice as many if all of them have an open zone episode
	UnassignedAlerts int // alerts unassigned_device in an hour of the clock
}

// DefaultLimits returns the default limits of a partition.
func DefaultLimits() Limits { return Limits{UnassignedTags: 20_000, UnassignedAlerts: 100} }

// Limit sets the limits; 0 stands for the default.
func (w *Watch) Limit(l Limits) {
	d := DefaultLimits()
	w.limits = Limits{cmp.Or(l.UnassignedTags, d.UnassignedTags), cmp.Or(l.UnassignedAlerts, d.UnassignedAlerts)}
}

// Flood counts the alerts unassigned_device of a partition. It is part of every checkpoint of the partition.
type Flood struct {
	Since  int64 // the clock at the first alert of the current hour; never: there was none
	Said   int64 // alerts in that hour
	Opened int64 // the clock when the open unassigned_flood began; never: none is open
	HeldAt int64 // the clock when the last alert was held back
	Held   int64 // tags whose alert was held back at their first ping, since Opened
}

// NewFlood returns an empty count.
func NewFlood() Flood { return Flood{Since: never, Opened: never, HeldAt: never} }

// Flood returns the count.
func (w *Watch) Flood() Flood { return w.flood }

// AdoptFlood sets the count, such as one from a checkpoint.
func (w *Watch) AdoptFlood(d Flood) { w.flood = d }

const floodHour = 3600 * 1000 // ms

// count counts an alert at an instant of the clock, and reports whether it may be raised.
func (d *Flood) count(clock int64, most int) bool {
	if d.Since == never || clock-d.Since >= floodHour {
		d.Since, d.Said = clock, 0
	}
	if d.Said >= int64(most) {
		return false
	}
	d.Said++
	return true
}

// endsAt returns the instant at which the open flood is over, or a time that never comes if none is open.
func (d *Flood) endsAt() int64 {
	if d.Opened == never {
		return math.MaxInt64
	}
	return d.HeldAt + floodHour
}

// admits reports whether unassigned_device may be raised for one more tag in this hour. If not, one system fault stands for
// all tags held back, until an hour has passed in which none was. first says that this is the first ping of the bearer.
func (w *Watch) admits(first bool) bool {
	d := &w.flood
	if d.count(w.clock, w.limits.UnassignedAlerts) {
		return true
	}
	if d.Opened == never {
		d.Opened, d.Held = w.clock, 0
		f := w.floodFault(fmt.Sprintf("more than %d tags without a wearer in the register were due for an alert within an hour: the others get no alert of "+
			"their own; this ends after an hour in which no alert was held back; check the register, and who can write to the ping topic", w.limits.UnassignedAlerts))
		w.alerts = append(w.alerts, f.Alert(w.clock, w.rules))
	}
	d.HeldAt = w.clock
	if first {
		d.Held++
	}
	return false
}

// askFlood ends the flood when it is over by the clock.
func (w *Watch) askFlood() {
	ends := w.flood.endsAt()
	if ends > w.clock {
		return
	}
	w.endFlood(ends)
}

// EndFloodSince ends a flood that began at the instant (ms) or later: what it goes by is about to be decided again, by a
// register that knows more tags.
func (w *Watch) EndFloodSince(from int64) {
	if w.flood.Opened != never && w.flood.Opened >= from {
		w.endFlood(w.clock)
	}
}

func (w *Watch) endFlood(ends int64) {
	f := w.floodFault(fmt.Sprintf("%d tags without a wearer in the register got no alert when they were first heard", w.flood.Held))
	w.alerts = append(w.alerts, f.Restored(ends, w.rules))
	w.flood.Opened, w.flood.HeldAt, w.flood.Held = never, never, 0
}

// floodFault is the fault of the open flood. Two floods of a partition begin at different instants of its clock.
func (w *Watch) floodFault(detail string) *Fault {
	return &Fault{Part: floodPart(w.feed.Partition), Reason: UnassignedFlood, Detail: detail, Opened: w.flood.Opened}
}

func floodPart(partition int64) string { return fmt.Sprintf("pings/%d/%s", partition, UnassignedFlood) }

// tells reports whether tag alerts are raised under the bearer. For an unassigned tag they are raised only while its
// unassigned_device is open, so that a flood of invented tags makes neither that alert nor any other.
func (w *Wearing) tells() bool { return w.Assigned || w.Condition.has(OfAssignment) }

// meet notes that an unassigned tag was heard, and forgets the tags heard longest ago if there are too many. A tag with an
// open zone episode is only forgotten when all have one and there are twice as many. If there are far too many, after a
// lower limit or after episodes have ended, each ping removes two at most.
func (w *Watch) meet(t *Tag) {
	if slices.ContainsFunc(t.Wearings, func(wr *Wearing) bool { return wr.Assigned }) {
		return
	}
	room, known := w.limits.UnassignedTags, w.unassigned.has(t)
	if known {
		w.unassigned.put(t)
	} else {
		room--
	}
	for range 2 {
		n := len(w.unassigned.list)
		if n <= room {
			break
		}
		first := w.unassigned.list[0]
		if first.tag == t || first.inZone && n <= room+w.limits.UnassignedTags {
			break
		}
		w.forget(first.tag)
	}
	if !known {
		w.unassigned.put(t)
	}
}

// forget ends the tag's open episodes at the clock and removes the tag. Its next ping is that of a new tag.
func (w *Watch) forget(t *Tag) {
	for _, wr := range t.Wearings {
		for _, e := range inOrder(wr.Open) {
			switch {
			case e.Phase == Dormant:
				w.drop(t, wr, e)
			case e.visits():
				w.endVisit(t, wr, e, Forgotten, w.clock)
			default:
				w.endAt(t, wr, e, Forgotten, w.clock)
			}
		}
		for _, tr := range slices.Clone(wr.Condition.troubles()) {
			w.restore(t, wr, tr, Forgotten).DecidedTime = at(w.clock)
		}
	}
	w.quiet.remove(t)
	w.Dismiss(t)
	w.forgotten = append(w.forgotten, t)
}

// Dismiss removes a tag.
func (w *Watch) Dismiss(t *Tag) {
	w.unassigned.remove(t)
	t.gone = true
	if !t.changed {
		return
	}
	if w.gone++; w.gone > 1000+len(w.changed)/2 { // the list still refers to them
		w.changed = slices.DeleteFunc(w.changed, func(t *Tag) bool { return t.gone })
		w.gone = 0
	}
}

// Forgotten returns the tags that were forgotten since the last call.
func (w *Watch) Forgotten() []*Tag {
	tags := w.forgotten
	w.forgotten = nil
	return tags
}

// Gone reports whether the tag has been forgotten.
func (t *Tag) Gone() bool { return t.gone }

// unassigned holds the tags that are remembered without an activation, as a heap with the one to be forgotten first at the
// top. A tag with an open zone episode comes after all tags without one.
type unassigned struct {
	list  []stranger
	place map[*Tag]int // in the list
}

type stranger struct {
	appended int64 // LastAppended of the tag
	inZone   bool
	tag      *Tag
}

func (u *unassigned) has(t *Tag) bool {
	_, ok := u.place[t]
	return ok
}

// put adds the tag, or updates its place.
func (u *unassigned) put(t *Tag) {
	s := stranger{t.LastAppended, slices.ContainsFunc(t.Wearings, func(wr *Wearing) bool { return len(wr.Open) > 0 }), t}
	if i, ok := u.place[t]; ok {
		u.list[i] = s
		heap.Fix(u, i)
		return
	}
	heap.Push(u, s)
}

// moved updates the tag's place if it is there, after its zone episodes may have changed.
func (u *unassigned) moved(t *Tag) {
	if len(u.list) > 0 && u.has(t) {
		u.put(t)
	}
}

func (u *unassigned) remove(t *Tag) {
	if i, ok := u.place[t]; ok {
		heap.Remove(u, i)
	}
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (u *unassigned) Len() int { return len(u.list) }

func (u *unassigned) Less(i, j int) bool {
	a, b := &u.list[i], &u.list[j]
	switch {
	case a.inZone != b.inZone:
		return b.inZone
	case a.appended != b.appended:
		return a.appended < b.appended
	}
	return strings.Compare(a.tag.Device, b.tag.Device) < 0
}

func (u *unassigned) Swap(i, j int) {
	u.list[i], u.list[j] = u.list[j], u.list[i]
	u.place[u.list[i].tag], u.place[u.list[j].tag] = i, j
}

func (u *unassigned) Push(x any) {
	s := x.(stranger)
	u.place[s.tag] = len(u.list)
	u.list = append(u.list, s)
}

func (u *unassigned) Pop() any {
	last := len(u.list) - 1
	s := u.list[last]
	u.list[last], u.list = stranger{}, u.list[:last]
	delete(u.place, s.tag)
	return s
}

// countedFor is how long (ms) before the instant of a Recall alerts unassigned_device are remembered, to count those of the
// current hour.
const countedFor = dayMS

// noteUnassigned remembers when an unassigned_device was decided.
func (r *Recall) noteUnassigned(a *Alert) {
	if d := a.decided(); a.Kind == UnassignedDevice && a.decidedAt() < r.at && d >= r.at-countedFor {
		r.counted[a.AlertID] = d
	}
}

// Flood returns the count of alerts unassigned_device at the instant, and whether a flood of the partition is open. The
// number of tags held back before is not known.
func (r *Recall) Flood(partition int) Flood {
	d := NewFlood()
	for _, at := range slices.Sorted(maps.Values(r.counted)) {
		d.count(at, math.MaxInt)
	}
	for _, f := range r.Faults(func(part string) bool { return part == floodPart(int64(partition)) }) {
		d.Opened, d.HeldAt = f.Opened, r.at
	}
	return d
}
