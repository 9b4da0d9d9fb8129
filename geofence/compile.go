package geofence

import "math"

// Compiled answers what Shape.Distance answers.
type Compiled struct{ shape *Shape }

// Compile prepares a valid shape.
func (s *Shape) Compile() *Compiled { return &Compiled{shape: s} }

// Within returns the signed distance in metres if it is reach at most, else +Inf outside and -Inf inside.
func (c *Compiled) Within(at *Plane, reach float64) float64 {
	d := c.Distance(at)
	if math.Abs(d) <= reach {
		return d
	}
	return math.Copysign(math.Inf(1), d)
}

// Distance returns the distance that Shape.Distance returns.
func (c *Compiled) Distance(at *Plane) float64 { return c.shape.Distance(at.p[0], at.p[1]) }

// Bytes returns the memory it holds beyond the coordinates of the Shape.
func (c *Compiled) Bytes() int { return 8 }
