package geofence

import (
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// longRun is how many places a property is tried at: few, or what CORDON_PLACES says.
func longRun(t *testing.T, few int) int {
	text := os.Getenv("CORDON_PLACES")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("CORDON_PLACES is %q, want a number", text)
	}
	return n
}

func pick[E any](rng *rand.Rand, list []E) E { return list[rng.IntN(len(list))] }

// awkward returns a place where an answer is likely to go wrong: on and next to vertices and edges, level with them, on
// the borders and in the middles of cells, near, far, anywhere.
func awkward(rng *rand.Rand, mp orb.MultiPolygon, c *Compiled, bound orb.Bound) orb.Point {
	ring := pick(rng, pick(rng, mp))
	i := rng.IntN(len(ring) - 1)
	a, b, other := ring[i], ring[i+1], pick(rng, pick(rng, pick(rng, mp)))
	width, height := bound.Max[0]-bound.Min[0], bound.Max[1]-bound.Min[1]
	p := orb.Point{bound.Min[0] + (rng.Float64()*1.6-0.3)*width, bound.Min[1] + (rng.Float64()*1.6-0.3)*height}
	switch rng.IntN(10) {
	case 0:
		p = a
	case 1:
		p = orb.Point{(a[0] + b[0]) / 2, (a[1] + b[1]) / 2}
	case 2:
		share := rng.Float64()
		p = orb.Point{a[0] + share*(b[0]-a[0]), a[1] + share*(b[1]-a[1])}
	case 3:
		p = orb.Point{a[0], other[1]}
	case 4:
		p = orb.Point{a[0] + rng.NormFloat64()*width/1e3, other[1]}
	case 5, 6:
		size := math.Pow(10, -7*rng.Float64())
		p = orb.Point{a[0] + rng.NormFloat64()*width*size, a[1] + rng.NormFloat64()*height*size}
	case 7:
		g := &c.grid
		p[0] = g.corner[0] + float64(rng.IntN(2*int(g.columns)+1))/2*g.width
		p[1] = g.corner[1] + float64(rng.IntN(2*int(g.rows)+1))/2*g.height
	case 8:
		p = orb.Point{p[0] + rng.NormFloat64()*10*width, p[1] + rng.NormFloat64()*10*height}
	}
	for k, most := range [2]float64{180, 90} {
		for range rng.IntN(3) {
			p[k] = math.Nextafter(p[k], pick(rng, []float64{-200, 200}))
		}
		p[k] = min(max(p[k], -most), most)
		if math.Abs(p[k]) < 1e-140 { // below this size orient promises nothing
			p[k] = 0
		}
	}
	return p
}

var reaches = [...]float64{0, 15, 200, 2000, math.Inf(1)}

// agrees fails unless the compiled shape answers as the shape does, to the last bit.
func agrees(t *testing.T, name string, s *Shape, c *Compiled, p orb.Point) (d float64) {
	t.Helper()
	want, at := s.Distance(p[0], p[1]), PlaneAt(p[0], p[1])
	if got := c.Distance(&at); math.Float64bits(got) != math.Float64bits(want) {
		t.Fatalf("%s: distance at %v is %v, want %v", name, p, got, want)
	}
	for _, reach := range reaches {
		expect := want
		if math.Abs(want) > reach {
			expect = math.Copysign(math.Inf(1), want)
		}
		if got := c.Within(&at, reach); got != expect {
			t.Fatalf("%s: within %v m at %v is %v, want %v", name, reach, p, got, expect)
		}
	}
	return want
}

// plainly measures the distance to the nearest edge without a sign, by the textbook: shares nothing with the code.
func plainly(mp orb.MultiPolygon, p orb.Point) float64 {
	const a, e2 = 6378137.0, 0.0066943799901413165
	phi := p[1] * math.Pi / 180
	w := math.Sqrt(1 - e2*math.Sin(phi)*math.Sin(phi))
	kx, ky := a/w*math.Cos(phi)*math.Pi/180, a*(1-e2)/(w*w*w)*math.Pi/180
	best := math.Inf(1)
	for _, polygon := range mp {
		for _, ring := range polygon {
			for i := range ring[1:] {
				x, y := (p[0]-ring[i][0])*kx, (p[1]-ring[i][1])*ky
				dx, dy := (ring[i+1][0]-ring[i][0])*kx, (ring[i+1][1]-ring[i][1])*ky
				share := 0.0
				if l := dx*dx + dy*dy; l > 0 {
					share = min(max((x*dx+y*dy)/l, 0), 1)
				}
				best = min(best, math.Hypot(x-share*dx, y-share*dy))
			}
		}
	}
	return best
}

// agreesWithOrb compares a distance with the textbook's and, off the edges, its sign with orb's.
func agreesWithOrb(t *testing.T, name string, mp orb.MultiPolygon, p orb.Point, d float64) {
	t.Helper()
	want := plainly(mp, p)
	if math.Abs(math.Abs(d)-want) > 1e-6+1e-7*want {
		t.Fatalf("%s: distance at %v is %v, by the textbook %v", name, p, d, want)
	}
	inside := false
	for _, polygon := range mp {
		inside = inside || planar.PolygonContains(polygon, p)
	}
	if want > 1e-6 && inside != (d < 0) {
		t.Fatalf("%s: distance at %v is %v, but orb says inside is %v", name, p, d, inside)
	}
}

func TestAdversaries_areValid(t *testing.T) {
	for name, mp := range adversaries() {
		if got := verdict(mp); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if testing.Short() {
		return
	}
	for name, mp := range giants() {
		if got := verdict(mp); got != nil || verticesOf(mp) > maxVertices {
			t.Errorf("%s, %d vertices: %v", name, verticesOf(mp), got)
		}
	}
}

func TestCompiled_agreesWithItsShapeAndWithRivals(t *testing.T) {
	all := adversaries()
	places := longRun(t, 40_000) / len(all)
	for name, mp := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &Shape{Polygons: mp}
			c, bound, rng := s.Compile(), s.Bound(), rand.New(rand.NewPCG(1, 2))
			for range places {
				p := awkward(rng, mp, c, bound)
				agreesWithOrb(t, name, mp, p, agrees(t, name, s, c, p))
			}
		})
	}
}

func TestCompiled_agreesWithItsShapeOfMostVertices(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 vertices are compared with each place")
	}
	for name, mp := range giants() {
		s := &Shape{Polygons: mp}
		c, bound, rng := s.Compile(), s.Bound(), rand.New(rand.NewPCG(3, 4))
		for range 60 {
			p := awkward(rng, mp, c, bound)
			agreesWithOrb(t, name, mp, p, agrees(t, name, s, c, p))
		}
	}
}

func TestCompiled_answersTheSameHoweverRingsAreWritten(t *testing.T) {
	for name, mp := range adversaries() {
		var ways []*Compiled
		for _, way := range turned(mp) {
			ways = append(ways, (&Shape{Polygons: way}).Compile())
		}
		bound, rng := (&Shape{Polygons: mp}).Bound(), rand.New(rand.NewPCG(5, 6))
		for range 300 {
			p := awkward(rng, mp, ways[0], bound)
			at := PlaneAt(p[0], p[1])
			want := ways[0].Distance(&at)
			for i, c := range ways {
				got := c.Distance(&at)
				if math.Abs(got-want) > 1e-6+1e-7*math.Abs(want) || math.Abs(want) > 1e-6 && signOf(got) != signOf(want) {
					t.Fatalf("%s, way %d: distance at %v is %v, want %v", name, i, p, got, want)
				}
			}
		}
	}
}

func TestCompiled_findsPlacesOnEdgesExactly(t *testing.T) {
	diamond := moved(orb.MultiPolygon{{{{0, 0}, {1, 1}, {0, 2}, {-1, 1}, {0, 0}}}}, 0x1p-9, 0, 51.5)
	for _, mp := range turned(diamond) {
		c := (&Shape{Polygons: mp}).Compile()
		for i := range 65 {
			share := float64(i) / 64 * 0x1p-9
			for _, p := range []orb.Point{{share, 51.5 + share}, {-share, 51.5 + share}} {
				at := PlaneAt(p[0], p[1])
				if d := c.Distance(&at); d != 0 {
					t.Fatalf("distance at %v is %v", p, d)
				}
				at = PlaneAt(p[0], math.Nextafter(p[1], 0))
				if d := c.Distance(&at); d < 0 || d > 1e-6 {
					t.Fatalf("distance just below %v is %v", p, d)
				}
			}
		}
	}
}

func TestCompiled_agreesWithItsCircle(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range longRun(t, 40_000) / 10 {
		center := orb.Point{rng.Float64()*360 - 180, rng.Float64()*180 - 90}
		if rng.IntN(4) == 0 {
			center[0] = math.Copysign(180-rng.Float64()/10, center[0])
		}
		if rng.IntN(4) == 0 {
			center[1] = math.Copysign(90-rng.Float64()/10, center[1])
		}
		s := &Shape{Center: center, Radius: math.Pow(10, rng.Float64()*5)}
		size := math.Pow(10, 1-5*rng.Float64())
		p := orb.Point{center[0] + rng.NormFloat64()*size, min(max(center[1]+rng.NormFloat64()*size, -90), 90)}
		p[0] = math.Remainder(p[0], 360)
		agrees(t, "circle", s, s.Compile(), p)
	}
}

func TestCompiled_doesNotAllocate(t *testing.T) {
	for name, mp := range adversaries() {
		s := &Shape{Polygons: mp}
		c, bound, rng := s.Compile(), s.Bound(), rand.New(rand.NewPCG(9, 10))
		if n := testing.AllocsPerRun(200, func() {
			p := awkward(rng, mp, c, bound)
			at := PlaneAt(p[0], p[1])
			c.Within(&at, 200)
			c.Distance(&at)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestCompiled_holdsNoMoreThanThreeTimesItsCoordinates(t *testing.T) {
	all := adversaries()
	if !testing.Short() {
		for name, mp := range giants() {
			all[name] = mp
		}
	}
	for n := 4; n < 3000; n += 1 + n/8 {
		all["ward of "+strconv.Itoa(n)] = orb.MultiPolygon{{ward(n)}}
		all["comb of "+strconv.Itoa(n)] = moved(orb.MultiPolygon{{comb(n)}}, 1e-5, -0.1, 51.5)
	}
	for name, mp := range all {
		n, bytes := verticesOf(mp), (&Shape{Polygons: mp}).Compile().Bytes()
		if n > 64 && bytes > 48*n {
			t.Errorf("%s: %d vertices, %d bytes, %.1f a vertex", name, n, bytes, float64(bytes)/float64(n))
		}
		if n <= 64 && bytes > 600+64*n+16*n {
			t.Errorf("%s: %d vertices, %d bytes", name, n, bytes)
		}
	}
}
