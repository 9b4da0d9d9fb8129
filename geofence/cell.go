package geofence

import "github.com/paulmach/orb"

// cell is one rectangle of a grid: what is true of every place in it.
type cell struct {
	least float32 // no edge is nearer than this, in metres, in the plane of any place in the cell; 0 where edges pass
	near  packed  // holds the nearest edge of any place in the cell, and every edge that meets the cell
}

// packed is 20 bits that say where something begins, 8 bits that say how many there are, and 4 flags. In a cell it is a
// run of edges or lines; or, by flag, several runs in the grid's list; or a line that is near, where there are too many
// to list.
type packed uint32

const firstBits, countBits = 20, 8

const (
	insideFlag  packed = 1 << (firstBits + countBits + iota) // the cell's centre is inside
	mixedFlag                                                // an edge may pass through the cell
	severalFlag                                              // runs
	unlistedFlag
)

func pack(first, count int) packed { return packed(first | count<<firstBits) }

func (n packed) first() int { return int(n & (1<<firstBits - 1)) }
func (n packed) count() int { return int(n >> firstBits & (1<<countBits - 1)) }
func (n packed) end() int   { return n.first() + n.count() }

// grid divides the surroundings of a shape into cells of equal size in degrees.
type grid struct {
	corner         orb.Point // south-west
	perLon, perLat float64   // cells in a degree
	width, height  float64   // of a cell in degrees
	columns, rows  int32
	blur           float64 // see way
	byLine         bool    // cells list lines, not edges
	cells          []cell  // row by row from the south
	runs           []packed
}

// at returns the cell a place is in, or nil, and its column and row.
func (g *grid) at(p orb.Point) (c *cell, column, row int) {
	x, y := (p[0]-g.corner[0])*g.perLon, (p[1]-g.corner[1])*g.perLat
	if !(x >= 0 && y >= 0) {
		return nil, 0, 0
	}
	column, row = int(x), int(y)
	if uint(column) >= uint(g.columns) || uint(row) >= uint(g.rows) {
		return nil, 0, 0
	}
	return g.cell(column, row), column, row
}

func (g *grid) cell(column, row int) *cell { return &g.cells[row*int(g.columns)+column] }

// centre returns the middle of a cell: to the last bit the same wherever it is asked for.
func (g *grid) centre(column, row int) orb.Point {
	return orb.Point{
		g.corner[0] + float64((float64(column)+0.5)*g.width),
		g.corner[1] + float64((float64(row)+0.5)*g.height),
	}
}

// runsOf returns the runs that a cell lists; one is put into the room given.
func (g *grid) runsOf(near packed, room *[1]packed) []packed {
	if near&severalFlag != 0 {
		return g.runs[near.first():near.end()]
	}
	room[0] = near
	return room[:]
}
