package geofence

import (
	"math"
	"slices"
	"sync/atomic"

	"github.com/paulmach/orb"
)

// Candidate is one revision of a zone as the View holds it. A packed zone is decoded when it is first asked about, and a
// shape is compiled once it has been asked about often enough to be worth it: most of a million zones are never asked
// about by one processor, or only in passing.
type Candidate struct {
	from, until int64                // appended time it is in force for
	zone        atomic.Pointer[Zone] // nil while nobody has asked
	packed      *packedZone          // nil if it never was
	ring        orb.Ring             // of a shape that has only one, in a zone that never was packed
	shape       atomic.Pointer[Compiled]
	asked       atomic.Uint32 // before it was compiled
}

// NewCandidate returns a candidate outside any View.
func NewCandidate(z *Zone) *Candidate { return newCandidate(ZoneRevision{Zone: z}, Always) }

func newCandidate(r ZoneRevision, until int64) *Candidate {
	c := &Candidate{from: r.Updated, until: until, packed: r.packed}
	c.zone.Store(r.Zone)
	if r.Zone != nil {
		if mp := r.Zone.Shape.Polygons; len(mp) == 1 && len(mp[0]) == 1 {
			c.ring = mp[0][0]
		}
	}
	return c
}

// Zone returns the zone. The first question decodes a packed one, in about a microsecond for a shape of 32 vertices; all
// later ones get the same without a lock.
func (c *Candidate) Zone() *Zone {
	if z := c.zone.Load(); z != nil {
		return z
	}
	z := c.packed.open()
	c.zone.Store(z)
	return z
}

// id, span and bindings leave packed what is packed.
func (c *Candidate) id() string {
	if c.packed != nil {
		return c.packed.id
	}
	return c.zone.Load().ID
}

func (c *Candidate) span() span {
	if c.packed != nil {
		return c.packed.span
	}
	return spanIn(c.zone.Load())
}

// bindings calls yield with each place the zone belongs to.
func (c *Candidate) bindings(yield func(binding)) {
	if c.packed == nil {
		c.zone.Load().Audience.bindings(yield)
		return
	}
	_, wearers := c.packed.names()
	for _, w := range wearers {
		yield(binding{toWearer, w})
	}
}

const (
	worthwhile = 1024    // questions about a shape cost about as much as compiling it
	large      = 64      // vertices from which on a shape is compiled before it is asked about
	atOnce     = 100_000 // vertices that one change of the View compiles at most, about a second's work
)

// Within is Compiled.Within of the zone's shape.
func (c *Candidate) Within(at *Plane, reach float64) float64 {
	if s := c.compiled(); s != nil {
		return s.Within(at, reach)
	}
	d := c.walk(at)
	if math.Abs(d) <= reach {
		return d
	}
	return math.Copysign(math.Inf(1), d)
}

// Distance is Compiled.Distance of the zone's shape.
func (c *Candidate) Distance(at *Plane) float64 {
	if s := c.compiled(); s != nil {
		return s.Distance(at)
	}
	return c.walk(at)
}

// walk goes along all edges. Of one ring it finds the way without the zone.
func (c *Candidate) walk(at *Plane) float64 {
	if c.ring == nil {
		return c.Zone().Shape.at(at)
	}
	d2, inside := at.ring(c.ring)
	return signed(math.Sqrt(d2), inside)
}

// prepare compiles a shape that will be asked about by every tag, or that is large, as far as the edit may take the time.
// What it leaves, and what is packed, is compiled when it is worthwhile, by the goroutine that asks.
func (c *Candidate) prepare(by *edit) {
	if c.packed != nil {
		return
	}
	z, n := c.Zone(), 0
	if z.Timetabled() {
		z.timetable()
	}
	for _, polygon := range z.Shape.Polygons {
		for _, ring := range polygon {
			n += len(ring)
		}
	}
	a := &z.Audience
	if n == 0 || !a.Everyone && len(a.Cohorts) == 0 && n < large || by.compiled+n > atOnce {
		return
	}
	by.compiled += n
	c.shape.Store(z.Shape.Compile())
}

// compiled returns nil as long as walking along the edges is good enough.
func (c *Candidate) compiled() *Compiled {
	s := c.shape.Load()
	if s == nil && c.asked.Add(1) > worthwhile { // two goroutines may both do it: the results are equal
		s = c.Zone().Shape.Compile()
		c.shape.Store(s)
	}
	return s
}

// Bound is the zones that bind one wearer, in one View. It is resolved once and kept with the tag, so that a ping costs
// no search by name.
type Bound struct {
	few    shortlist // the zones that name the wearer, when there are few
	own    *atlas    // otherwise
	shared []*atlas
}

// shortlist is a copy of an atlas that is one short list, all in one piece of memory.
type shortlist struct {
	n      int
	shift  uint8
	x, y   uint32
	frames [listed]frame
	zones  [listed]*Candidate
}

// Bound returns the zones that bind a wearer in these cohorts. All wearers bound only by zones for everyone share one Bound.
func (v *View) Bound(wearer string, cohorts []string) *Bound {
	own, ok := v.wearers.get(wearer)
	if !ok && len(cohorts) == 0 && v.nobody != nil {
		return v.nobody
	}
	b := &Bound{own: own}
	if a := b.own; a != nil && len(a.wide.zones) == 0 && a.root.has == 0 && len(a.root.zones) <= listed {
		b.few = shortlist{n: len(a.root.zones), shift: a.shift, x: a.x, y: a.y}
		copy(b.few.frames[:], a.root.frames)
		copy(b.few.zones[:], a.root.zones)
		b.own = nil
	}
	if v.everyone != nil {
		b.shared = append(b.shared, v.everyone)
	}
	for _, c := range cohorts {
		if p, ok := v.cohorts.get(c); ok {
			b.shared = append(b.shared, p)
		}
	}
	return b
}

func (w *shortlist) near(dst []*Candidate, q *query) []*Candidate {
	if !q.cells.overlap(w.shift, w.x, w.y) {
		return dst
	}
	return near(dst, w.frames[:w.n], w.zones[:w.n], q.cells.probe(w.shift, w.x, w.y), q.appended)
}

// inForce appends the candidate when it is in force for what is appended at the instant.
func (c *Candidate) inForce(dst []*Candidate, appended int64) []*Candidate {
	if c.from <= appended && appended < c.until {
		return append(dst, c)
	}
	return dst
}

// Near appends to dst, by id, every zone in force at the appended time that could be breached or come near at the
// place: all inclusion zones, and the exclusion zones whose bounding box, padded by their warning ring and by reach
// metres, holds it. It does not allocate when dst has room.
func (b *Bound) Near(dst []*Candidate, at *Plane, reach float64, appended int64) []*Candidate {
	q := newQuery(at, reach, appended)
	return b.find(dst, &q)
}

// Between is Near for every place of the rectangle that has the two places at its corners.
func (b *Bound) Between(dst []*Candidate, lon1, lat1, lon2, lat2 float64, appended int64) []*Candidate {
	q := query{spanOf(min(lon1, lon2), min(lat1, lat2), max(lon1, lon2), max(lat1, lat2)), appended}
	return b.find(dst, &q)
}

func (b *Bound) find(dst []*Candidate, q *query) []*Candidate {
	start := len(dst)
	switch {
	case b.few.n > 0:
		dst = b.few.near(dst, q)
	case b.own != nil:
		dst = b.own.near(dst, q)
	}
	for _, p := range b.shared {
		dst = p.near(dst, q)
	}
	if len(dst)-start < 2 {
		return dst
	}
	// At most one revision of a zone is in force, so zones of the same id are the same. Lists are short and nearly in
	// order.
	for i := start + 1; i < len(dst); i++ {
		for j := i; j > start && inOrder(dst[j], dst[j-1]) < 0; j-- {
			dst[j], dst[j-1] = dst[j-1], dst[j]
		}
	}
	return dst[:start+len(slices.Compact(dst[start:]))]
}

// binding is a place that a zone belongs to: the one of a wearer, of a cohort, or of everyone.
type binding struct {
	kind bindingKind
	name string
}

type bindingKind uint8

const (
	toEveryone bindingKind = iota
	toWearer
	toCohort
)

// bindings calls yield with each place the zone belongs to.
func (a *Audience) bindings(yield func(binding)) {
	if a.Everyone {
		yield(binding{})
	}
	for _, w := range a.Wearers {
		yield(binding{toWearer, w})
	}
	for _, c := range a.Cohorts {
		yield(binding{toCohort, c})
	}
}

// rebind moves the candidates of one zone from what its history was to what it is.
func (v *View) rebind(by *edit, before, after []ZoneRevision) {
	for _, r := range before {
		if !r.Withdrawn() {
			was := newCandidate(r, never)
			was.bindings(func(b binding) {
				if p := v.atlasOf(b); p != nil {
					p = p.own(by)
					p.take(by, was)
					v.setAtlas(by, b, p)
				}
			})
		}
	}
	for r, until := range reigns(after) {
		if !r.Withdrawn() {
			c := newCandidate(r, until)
			if until == Always { // what has been superseded is asked about only when a window is decided again
				c.prepare(by)
			}
			c.bindings(func(b binding) {
				p := v.atlasOf(b).own(by)
				p.put(by, c)
				v.setAtlas(by, b, p)
			})
		}
	}
}

func (v *View) atlasOf(b binding) (p *atlas) {
	switch b.kind {
	case toWearer:
		p, _ = v.wearers.get(b.name)
	case toCohort:
		p, _ = v.cohorts.get(b.name)
	case toEveryone:
		p = v.everyone
	}
	return p
}

func (v *View) setAtlas(by *edit, b binding, p *atlas) {
	if p.empty() {
		p = nil
	}
	if b.kind == toEveryone {
		v.everyone = p
		return
	}
	t := &v.wearers
	if b.kind == toCohort {
		t = &v.cohorts
	}
	if p == nil {
		t.drop(by, b.name)
	} else {
		t.set(by, b.name, p)
	}
}
