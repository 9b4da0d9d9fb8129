package world

import (
	"math"
	"math/rand/v2"

	"cordon/ingest"
)

// cell is one of the few coordinates that the network has for an area.
type cell struct {
	column, row int64
	nth         int
	off         point
	claim       float64
}

// byCell returns the position that the network gives: one of the area's few, and for hours the same.
func (t *tag) byCell(p *Ping, ms int64, at point) point {
	c := &t.s.Cells
	column, row := t.square(at, c.AreaM)
	nth := t.cell.nth
	if ms >= t.held {
		nth, t.held = t.rng.IntN(c.PerArea), ms+int64(second*c.HoldS*t.rng.ExpFloat64())
	}
	if column != t.cell.column || row != t.cell.row || nth != t.cell.nth {
		t.cell = t.w.cellAt(column, row, nth)
	}
	p.Source, p.AccuracyM = ingest.Cell, t.cell.claim
	if t.path.vertices[t.leg].state.mode() != still { // on the way it is not where one is, but an area's
		at = t.middle(column, row, c.AreaM)
	}
	return at.plus(t.cell.off)
}

// cellAt draws a coordinate; it is the same for all wearers and at all times.
func (w *World) cellAt(column, row int64, nth int) cell {
	rng := rand.New(rand.NewPCG(hash(w.seed, 3, column, row, int64(nth)), 0))
	c := cell{column: column, row: row, nth: nth, claim: tenth(w.cells.at(rng.Float64()))}
	sigma := w.s.Cells.ErrorPerClaim * c.claim / sigmasPerClaim
	c.off = point{sigma * rng.NormFloat64(), sigma * rng.NormFloat64()}
	if chance(rng, w.s.Cells.RogueShare) {
		c.off = polar(2*math.Pi*rng.Float64(), w.s.Cells.RogueM.byRatio(rng))
	}
	return c
}

// Metres in a degree of longitude and of latitude, about: squares of town are told by degrees, and so the same for all
// wearers.
const (
	aboutLon = 69_000
	aboutLat = 111_000
)

// square returns which square of town a place lies in.
func (t *tag) square(at point, sizeM float64) (column, row int64) {
	lon, lat := t.path.lonlat(at)
	return int64(math.Floor(lon * (aboutLon / sizeM))), int64(math.Floor(lat * (aboutLat / sizeM)))
}

// middle returns the middle of a square.
func (t *tag) middle(column, row int64, sizeM float64) point {
	return t.path.onGround((float64(column)+0.5)*sizeM/aboutLon, (float64(row)+0.5)*sizeM/aboutLat)
}
