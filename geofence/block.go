package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

// block is some columns and rows of the grid.
type block struct {
	west, south, east, north int          // columns and rows; half-open
	feet                     [4]orb.Point // nearest to the corners: south-west, south-east, north-west, north-east
	side                     side

	scale   scale   // in its middle
	stretch float64 // by how much a length can be more or less elsewhere in the block
	half    float64 // half the diagonal in metres
	width   float64 // in metres
	height  float64
	corner  Plane         // south-west
	far     float64       // less than the distance of the middle from the edges, as far as the corners tell
	limits  [4][4]float64 // for each foot, its squared distances from the corners
}

// side is what is known of where a block lies.
type side uint8

const (
	unknown side = iota
	outside
	inside
)

func (b *block) cells() int { return (b.east - b.west) * (b.north - b.south) }

// scale is the metres in one degree.
type scale struct{ kx, ky float64 }

// frame takes the scale of the block's middle, and by how much it changes. A degree of longitude is longest, and one of
// latitude shortest, at the equator.
func (f *filler) frame(b *block) {
	s, n := f.scale[b.south], f.scale[b.north]
	lo := scale{min(s.kx, n.kx), min(s.ky, n.ky)}
	hi := scale{max(s.kx, n.kx), max(s.ky, n.ky)}
	g := f.g
	if lat := g.corner[1] + float64(b.south)*g.height; lat < 0 && lat+float64(b.north-b.south)*g.height > 0 {
		hi.kx, lo.ky = metresPerDegree(0)
	}
	b.scale = scale{(lo.kx + hi.kx) / 2, (lo.ky + hi.ky) / 2}
	b.stretch = max(b.scale.kx/lo.kx, hi.kx/b.scale.kx, b.scale.ky/lo.ky, hi.ky/b.scale.ky)
	b.width, b.height = float64(b.east-b.west)*g.width*b.scale.kx, float64(b.north-b.south)*g.height*b.scale.ky
	b.half = math.Sqrt(b.width*b.width+b.height*b.height) / 2 * (1 + inexact)
}

// point returns the corner between columns and rows.
func (f *filler) point(column, row int) orb.Point {
	return orb.Point{f.g.corner[0] + float64(column)*f.g.width, f.g.corner[1] + float64(row)*f.g.height}
}

func (f *filler) middle(b *block) orb.Point {
	lo, hi := f.point(b.west, b.south), f.point(b.east, b.north)
	return orb.Point{(lo[0] + hi[0]) / 2, (lo[1] + hi[1]) / 2}
}

// limit takes for each foot how near an edge must come to one of the corners at least to be nearer than the foot.
func (f *filler) limit(b *block) {
	// The foot's distance from the corner may be seen stretched, and the edge's shrunk. The second term stands for a
	// distance of inexact times the diagonal, by which places may lie outside.
	share := b.stretch * b.stretch * (1 + inexact)
	share, plus := share*share*(1+inexact), inexact*b.half*b.half
	b.corner = Plane{p: f.point(b.west, b.south), kx: b.scale.kx, ky: b.scale.ky}
	far := 0.0
	for k, foot := range b.feet {
		x, y := b.corner.metres(foot)
		west, south, east, north := x*x, y*y, (x-b.width)*(x-b.width), (y-b.height)*(y-b.height)
		b.limits[k] = [4]float64{
			(west+south)*share + plus, (east+south)*share + plus, (west+north)*share + plus, (east+north)*share + plus,
		}
		far = max(far, [4]float64{west + south, east + south, west + north, east + north}[k])
	}
	b.far = math.Sqrt(far)/f.stretch*(1-inexact) - b.half
}

// toCorners returns the squared distances from the corners to an edge.
func (b *block) toCorners(from, to orb.Point) (d2 [4]float64) {
	ax, ay := b.corner.metres(from)
	bx, by := b.corner.metres(to)
	dx, dy := bx-ax, by-ay
	perLength := 0.0
	if length2 := dx*dx + dy*dy; length2 > 0 {
		perLength = 1 / length2
	}
	for j := range d2 {
		x, y := ax, ay
		if j&1 != 0 {
			x -= b.width
		}
		if j&2 != 0 {
			y -= b.height
		}
		share := min(max(-(x*dx+y*dy)*perLength, 0), 1)
		x, y = x+share*dx, y+share*dy
		d2[j] = x*x + y*y
	}
	return d2
}

// fromCorners returns lower bounds of the squared distances from the corners of a block, the first of which is given, to
// anything in the box.
func (b *box) fromCorners(of *block, x, y float64) [4]float64 {
	width, height := of.width/of.scale.kx, of.height/of.scale.ky
	west := max(float64(b.west)-x, x-float64(b.east), 0) * of.scale.kx
	east := max(float64(b.west)-x-width, x+width-float64(b.east), 0) * of.scale.kx
	south := max(float64(b.south)-y, y-float64(b.north), 0) * of.scale.ky
	north := max(float64(b.south)-y-height, y+height-float64(b.north), 0) * of.scale.ky
	west, east, south, north = west*west, east*east, south*south, north*north
	return [4]float64{west + south, east + south, west + north, east + north}
}
