package geofence

import (
	"fmt"

	"github.com/paulmach/orb"
)

// ring is a ring under examination. Its points are closed and have no repeated neighbours.
type ring struct {
	member int // which polygon of the feature
	hole   int // 0 for the shell, else which hole
	points orb.Ring

	// What the sweep finds out.
	placed bool
	ccw    bool
	parent int // the ring that directly encloses this one, -1 for none
}

// examined is all the rings of one feature, in the order shell, its holes, next shell, ….
type examined []ring

// name says which ring it is in words that need no coordinates: a place can identify a victim.
func (x examined) name(i int) string {
	r := &x[i]
	text := "the shell"
	if r.hole > 0 {
		text = fmt.Sprintf("hole %d", r.hole)
	}
	if x.members() > 1 {
		text += fmt.Sprintf(" of member %d", r.member+1)
	}
	return text
}

func (x examined) members() int { return x[len(x)-1].member + 1 }

// check refuses rings that touch or cross themselves or one another where they may not, and rings that lie where they
// do not belong.
func (x examined) check(p *place) {
	s := newSweep(x)
	if c := s.run(); c != nil {
		x.refuseContact(p, c)
		return
	}
	for i := range x {
		x.checkParent(p, i)
	}
}

func (x examined) refuseContact(p *place, c *contact) {
	a, b := min(c.a, c.b), max(c.a, c.b)
	how := "cross or overlap"
	if c.shared {
		how = "share a stretch of edge"
	}
	switch {
	case a == b && c.touch:
		p.refuse("cut the ring in two where it touches itself, or make the part a hole",
			"%s touches itself at vertex %d", x.name(a), c.vertex+1)
	case a == b && c.shared:
		p.refuse("leave out the part of the line that goes out and back", "%s runs back over its own line at vertex %d", x.name(a), c.vertex+1)
	case a == b:
		p.refuse("draw the ring again without crossing its own line", "%s crosses itself near vertex %d", x.name(a), c.vertex+1)
	case x[a].member != x[b].member:
		p.refuse("merge the members into one polygon", "members %d and %d %s (near vertex %d of %s)",
			x[a].member+1, x[b].member+1, how, c.vertex+1, x.name(c.a))
	case x[a].hole == 0:
		p.refuse("keep the hole inside its shell; it may touch it only at points", "%s and %s %s (near vertex %d of %s)",
			x.name(b), x.name(a), how, c.vertex+1, x.name(c.a))
	default:
		p.refuse("merge the holes into one", "%s and %s %s (near vertex %d of %s)", x.name(a), x.name(b), how, c.vertex+1, x.name(c.a))
	}
}

// checkParent judges where ring i lies, knowing that no two rings cross. An island in the hole of another member is fine.
func (x examined) checkParent(p *place, i int) {
	r := &x[i]
	outside := r.parent < 0
	switch {
	case r.hole == 0 && !outside && x[r.parent].hole == 0:
		p.refuse("merge the members into one polygon, or leave out the inner one",
			"members %d and %d overlap: one lies inside the other", r.member+1, x[r.parent].member+1)
	case r.hole > 0 && (outside || x[r.parent].member != r.member):
		p.refuse("leave the hole out, or move it into the polygon it belongs to", "%s lies outside its shell", x.name(i))
	case r.hole > 0 && x[r.parent].hole > 0:
		p.refuse("leave the inner hole out", "%s and %s overlap: one lies inside the other", x.name(i), x.name(r.parent))
	}
}
