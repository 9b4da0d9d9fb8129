package stats

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Dimension is what a table has a row for.
type Dimension string

// The dimensions.
const (
	ByKind   Dimension = "kind"
	ByZone   Dimension = "zone"
	ByCohort Dimension = "cohort"
	ByMonth  Dimension = "month"
	ByHour   Dimension = "hour"
)

// Dimensions lists every Dimension.
var Dimensions = []Dimension{ByKind, ByZone, ByCohort, ByMonth, ByHour}

// Options say what is counted, and how.
type Options struct {
	From, To int64       // openings in [From, To), ms since the Unix epoch; 0: no bound
	Until    int64       // time of reading, ms: no tag-days are counted after it
	By       []Dimension // one table each
	Location *time.Location
	Suppress int // counts from 1 to Suppress−1 are hidden; below 2 none is
}

// Validate says what is wrong with the options.
func (o Options) Validate() error {
	switch {
	case o.Location == nil:
		return errors.New("stats: a time zone is needed")
	case o.From != 0 && o.To != 0 && o.From >= o.To:
		return errors.New("stats: the range ends before it begins")
	case o.Suppress < 0:
		return errors.New("stats: counts cannot be suppressed below zero")
	}
	for i, d := range o.By {
		if !slices.Contains(Dimensions, d) {
			return fmt.Errorf("stats: no such table as %q: there are kind, zone, cohort, month and hour", d)
		}
		if slices.Contains(o.By[:i], d) {
			return fmt.Errorf("stats: the table by %s is asked for twice", d)
		}
	}
	return nil
}

func (o Options) covers(ms int64) bool {
	return (o.From == 0 || ms >= o.From) && (o.To == 0 || ms < o.To)
}
