package stats

import (
	"fmt"
	"testing"
)

// in makes breaches of n episodes in zones z0, z1, … with the counts given, all ended after a minute.
func in(counts ...int) []stay {
	var stays []stay
	for zone, n := range counts {
		for range n {
			stays = append(stays, stay{zone: fmt.Sprint("z", zone), opened: "2026-03-01T10:00:00Z", seconds: 60})
		}
	}
	return stays
}

func suppressed(t *testing.T, stays ...stay) *Report {
	o := options(t, ByZone, ByHour, ByKind)
	o.Suppress = 5
	return report(t, o, Register{Missing: "-"}, stays...)
}

func TestSuppress_hidesNothingThatIsLargeOrNone(t *testing.T) {
	r := suppressed(t, in(5, 7)...)
	wantRows(t, append(r.Tables[0].Rows, r.Total), "z0 5 0 5 0 0", "z1 7 0 7 0 0", "all 12 0 12 0 0")
	if r.Total.DwellMedianS == nil {
		t.Error("the median is gone")
	}
}

func TestSuppress_hidesASecondRowThatTheTotalWouldGiveTheFirstAwayBy(t *testing.T) {
	r := suppressed(t, in(3, 9, 6)...)
	wantRows(t, append(r.Tables[0].Rows, r.Total), "z0 * * * 0 0", "z1 9 0 9 0 0", "z2 * * * 0 0", "all 18 0 18 0 0")
	if r.Tables[0].Rows[0].DwellMedianS != nil || r.Tables[0].Rows[1].DwellMedianS == nil {
		t.Error("a median goes with its count")
	}
}

func TestSuppress_hidesOneMoreWhereTheHiddenOnesCanOnlyAddUpInOneWay(t *testing.T) {
	r := suppressed(t, in(1, 1, 9, 6)...) // 17 − 15 = 2 could only be 1 + 1
	wantRows(t, r.Tables[0].Rows, "z0 * * * 0 0", "z1 * * * 0 0", "z2 9 0 9 0 0", "z3 * * * 0 0")
}

func TestSuppress_hidesTheTotalWhereNoRowIsLeftAndThenARowOfEveryTable(t *testing.T) {
	r := suppressed(t, in(1, 1, 1, 1, 1)...) // all in the hour 10
	wantRows(t, []*Row{r.Total}, "all * * * 0 0")
	wantRows(t, r.Tables[1].Rows[10:11], "10 * * * 0 0")
	if k := r.Tables[2].Rows[0]; k.Bucket != "breach" || !k.Alerts.Hidden {
		t.Errorf("the table by kind tells the total: %+v", k)
	}
	r = suppressed(t, in(3)...)
	wantRows(t, append(r.Tables[0].Rows, r.Total), "z0 * * * 0 0", "all * * * 0 0")
}

func TestSuppress_hidesOpenAndEndedTogether(t *testing.T) {
	stays := in(9, 9)
	stays[0].seconds = 0 // one of z0 is open
	r := suppressed(t, stays...)
	// Open is 1 of 18 in the total too; breaches stay visible, what they are made of does not.
	wantRows(t, append(r.Tables[0].Rows, r.Total), "z0 9 * * 0 0", "z1 9 0 9 0 0", "all 18 * * 0 0")
	if !r.Tables[2].Rows[1].Alerts.Hidden {
		t.Error("the table by kind tells how many have ended")
	}
}

// zoneCounts are how many breaches of a zone are open and closed.
type zoneCounts struct{ open, closed int }

func zonesOf(v [3]zoneCounts) *Report {
	row := func(name string, z zoneCounts) *Row {
		r := newRow(name)
		r.RateN = nil
		r.Open.N, r.Closed.N, r.Breaches.N = z.open, z.closed, z.open+z.closed
		return r
	}
	var sum zoneCounts
	table := &Table{By: ByZone}
	for i, z := range v {
		sum.open += z.open
		sum.closed += z.closed
		table.Rows = append(table.Rows, row(fmt.Sprint("z", i), z))
	}
	return &Report{Total: row("all", sum), Tables: []*Table{table}}
}

// audit is a report as numbers and as a mask of what is hidden.
func audit(r *Report) (cells [12]int, hidden [12]bool) {
	for i, row := range append(r.Tables[0].Rows, r.Total) {
		for j, c := range []*Count{row.Breaches, row.Open, row.Closed} {
			cells[3*i+j], hidden[3*i+j] = c.N, c.Hidden
		}
	}
	return cells, hidden
}

func everyZones(most int, do func([3]zoneCounts)) {
	var each []zoneCounts
	for open := range most + 1 {
		for closed := range most + 1 - open {
			each = append(each, zoneCounts{open, closed})
		}
	}
	for _, a := range each {
		for _, b := range each {
			for _, c := range each {
				do([3]zoneCounts{a, b, c})
			}
		}
	}
}

// The rival is a reader who tries out everything: of all counts in three zones that give the figures shown, each small
// count that is hidden must still be able to have two values.
func TestSuppress_neverLetsASmallCountBeWorkedOut(t *testing.T) {
	const s = 3
	of := map[[12]bool][][12]int{} // reports by what they hide
	everyZones(4, func(v [3]zoneCounts) {
		r := zonesOf(v)
		suppress(s, r)
		cells, hidden := audit(r)
		of[hidden] = append(of[hidden], cells)
	})
	var all [][12]int
	everyZones(6, func(v [3]zoneCounts) {
		cells, _ := audit(zonesOf(v))
		all = append(all, cells)
	})
	for hidden, reports := range of {
		shown := func(cells [12]int) [12]int {
			for i := range cells {
				if hidden[i] {
					cells[i] = -1
				}
			}
			return cells
		}
		least, most := map[[12]int][12]int{}, map[[12]int][12]int{}
		for _, cells := range all {
			k := shown(cells)
			if _, ok := least[k]; !ok {
				least[k], most[k] = cells, cells
			}
			low, high := least[k], most[k]
			for i, n := range cells {
				low[i], high[i] = min(low[i], n), max(high[i], n)
			}
			least[k], most[k] = low, high
		}
		for _, cells := range reports {
			k := shown(cells)
			for i, n := range cells {
				if small := n > 0 && n < s; small && (!hidden[i] || least[k][i] == most[k][i]) {
					t.Errorf("of %v one can work out that %d is %d", k, i, n)
				}
			}
		}
	}
}
