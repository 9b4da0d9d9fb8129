package stats

import "cordon/alerting"

// suppress hides the counts from 1 to s−1 and those that would give one away (see doc.go). It only ever hides, and
// goes on until nothing more has to be.
func suppress(s int, r *Report) {
	if s < 2 {
		return
	}
	h := &hider{s: s, changed: true}
	for h.changed {
		h.changed = false
		h.row(r.Total)
		for _, t := range r.Tables {
			if t.By != ByKind {
				h.table(t, r.Total)
			}
		}
	}
	for _, t := range r.Tables {
		if t.By == ByKind {
			h.kinds(t, r.Total)
		}
		for _, row := range t.Rows {
			row.strip()
		}
	}
	r.Total.strip()
}

type hider struct {
	s       int
	changed bool
}

func (h *hider) small(n int) bool { return n > 0 && n < h.s }

func (h *hider) hide(c *Count) {
	if c != nil && !c.Hidden {
		c.Hidden, h.changed = true, true
	}
}

// columns are the counts of an episode row that have totals.
func (r *Row) columns() []*Count {
	return []*Count{r.Breaches, r.Open, r.Closed, r.Suspicions, r.Retrospective, r.RateN}
}

// row hides the small counts of a row, and those from which a hidden one in the same row would follow.
func (h *hider) row(r *Row) {
	for _, c := range r.columns() {
		if c != nil && h.small(c.N) {
			h.hide(c)
		}
	}
	if r.Breaches.Hidden {
		h.hide(r.Open)
		h.hide(r.RateN)
	}
	if r.Open.Hidden || r.Closed.Hidden || r.Breaches.Hidden { // open + closed = breaches
		h.hide(r.Open)
		h.hide(r.Closed)
	}
	if r.RateN != nil && h.small(r.Breaches.N-r.RateN.N) { // breaches of tags that are not registered
		h.hide(r.RateN)
	}
}

func (h *hider) table(t *Table, total *Row) {
	for _, row := range t.Rows {
		h.row(row)
	}
	for i, sum := range total.columns() {
		cells := make([]*Count, 0, len(t.Rows))
		for _, row := range t.Rows {
			if c := row.columns()[i]; c != nil {
				cells = append(cells, c)
			}
		}
		if sum != nil {
			h.column(cells, sum)
		}
	}
}

// column protects the hidden cells of a column against its total. Two or more hidden cells are safe when each of them
// could be anything from 1 to s−1 with the others at least 1: then their sum is at least their number + s − 2. One more
// that is not small always achieves that.
func (h *hider) column(cells []*Count, sum *Count) {
	hidden, left := 0, 0
	var least *Count // the smallest visible one above zero
	for _, c := range cells {
		switch {
		case c.Hidden:
			hidden++
			left += c.N
		case c.N > 0 && (least == nil || c.N < least.N):
			least = c
		}
	}
	if left == 0 && (!sum.Hidden || hidden > 0 || least == nil) {
		return // nothing is hidden but zeros, which go with what stands beside them
	}
	switch {
	case sum.Hidden && hidden > 0: // the sum of the hidden ones is not known
	case !sum.Hidden && hidden > 1 && left >= hidden+h.s-2:
	case least != nil:
		h.hide(least)
	default:
		h.hide(sum)
	}
}

// kinds hides the small counts of the table by kind, which has no total, and what the total row hides in other words.
func (h *hider) kinds(t *Table, total *Row) {
	rows := map[alerting.Kind]*Row{}
	for _, row := range t.Rows {
		rows[alerting.Kind(row.Bucket)] = row
		for _, c := range []*Count{row.Alerts, row.Retrospective} {
			if h.small(c.N) {
				h.hide(c)
			}
		}
	}
	hide := func(k alerting.Kind, live, retrospective bool) {
		if row := rows[k]; row != nil && live {
			h.hide(row.Alerts)
		}
		if row := rows[k]; row != nil && retrospective {
			h.hide(row.Retrospective)
		}
	}
	hide(alerting.Breach, total.Breaches.Hidden, total.Retrospective.Hidden)
	hide(alerting.BreachEnded, total.Closed.Hidden, total.Retrospective.Hidden)
	hide(alerting.BreachSuspected, total.Suspicions.Hidden, false)
	hide(alerting.SuspicionCleared, total.Suspicions.Hidden, false)
	for beginning, ending := range endings {
		a, b := rows[beginning], rows[ending]
		if a == nil || b == nil {
			continue
		}
		// What has begun less what has ended is what is open.
		hide(ending, h.small(a.Alerts.N-b.Alerts.N), h.small(a.Retrospective.N-b.Retrospective.N))
	}
}

var endings = map[alerting.Kind]alerting.Kind{
	alerting.Breach:              alerting.BreachEnded,
	alerting.BreachSuspected:     alerting.SuspicionCleared,
	alerting.Approach:            alerting.ApproachEnded,
	alerting.TagSilent:           alerting.TagResumed,
	alerting.PositionLost:        alerting.PositionRegained,
	alerting.PositionImplausible: alerting.PositionPlausible,
	alerting.StrapTamper:         alerting.StrapRestored,
	alerting.UnassignedDevice:    alerting.DeviceAssigned,
}

// strip takes away the figures that follow from a hidden count.
func (r *Row) strip() {
	if r.Closed != nil && r.Closed.Hidden {
		r.DwellQ1S, r.DwellMedianS, r.DwellQ3S = nil, nil, nil
	}
	if r.RateN != nil && r.RateN.Hidden {
		r.Rate = nil
	}
}
