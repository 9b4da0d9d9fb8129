package geofence

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

const (
	// wholeLines is from how many vertices on cells list lines instead of edges.
	wholeLines = 4096

	// perVertex is how many bytes a vertex may take beyond its coordinates: three times what they take.
	perVertex = 48

	// fewVertices get cellsEach, 64 bytes of them.
	fewVertices, cellsEach = 64, 8

	// leastSize is the least size of a cell in degrees: a centimetre, which is a million times the rounding of 180.
	leastSize = 1e-7
)

// newGrid lays a grid around the edges, and a sixteenth of their extent beyond, at most 2,500 m.
func newGrid(h *hierarchy) grid {
	count, runs := h.affordable()
	lo := h.origin
	hi := orb.Point{lo[0] + float64(h.all.east), lo[1] + float64(h.all.north)}
	kx, ky := metresPerDegree((lo[1] + hi[1]) / 2)
	kx = max(kx, ky/100) // near a pole cells need not be square
	width, height := (hi[0]-lo[0])*kx, (hi[1]-lo[1])*ky
	pad := min(max(max(width, height)/16, 1), 2500)
	width, height = width+2*pad, height+2*pad
	size := math.Sqrt(width * height / float64(count))
	columns := divide(width, size, kx, count)
	rows := divide(height, size, ky, count/columns)
	across := max(width/kx, height/ky) * (1 + inexact)
	g := grid{
		corner:  orb.Point{lo[0] - pad/kx, lo[1] - pad/ky},
		columns: int32(columns), rows: int32(rows),
		width: width / kx / float64(columns), height: height / ky / float64(rows),
		blur:   orientError * 8 * across * across, // each product is across² at most
		byLine: len(h.points) > wholeLines,
		cells:  make([]cell, columns*rows),
	}
	g.perLon, g.perLat = 1/g.width, 1/g.height
	newFiller(&g, h, runs).fill()
	g.runs = slices.Clip(slices.Clone(g.runs)) // what append left over goes
	return g
}

// affordable returns how many cells a grid may have, and how many runs besides those in its cells: for shapes over 64
// vertices so many that all of a Compiled is not more than perVertex.
func (h *hierarchy) affordable() (cells, runs int) {
	vertices := len(h.points) - (len(h.rings) - 1)
	if vertices <= fewVertices {
		return cellsEach * vertices, vertices
	}
	spare := perVertex*vertices - sizeOf[Compiled](1) - h.bytes() - sizeOf[packed](vertices)
	perCell := sizeOf[cell](1)
	cells = 4 * vertices
	if len(h.points) > wholeLines {
		cells = 2 * vertices
	}
	return max(1, min(cells, spare/perCell)), vertices
}

// divide returns into how many cells of about the size a length is divided.
func divide(length, size, metresPerDegree float64, most int) int {
	n := min(length/size, length/metresPerDegree/leastSize)
	return min(max(int(n), 1), most)
}
