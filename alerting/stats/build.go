package stats

import (
	"fmt"
	"maps"
	"slices"

	"cordon/alerting"
	"cordon/geofence"
)

// Register is who wears which tag, as far as it is known.
type Register struct {
	Activations []geofence.Activation
	Missing     string // why there is none, for the reader; empty when it is there
}

// Buckets of the table by cohort that are not cohorts.
const (
	noCohort      = "(no cohort)"
	notRegistered = "(not registered)"
)

func cohortsOf(a *geofence.Activation) []string {
	if len(a.Cohorts) == 0 {
		return []string{noCohort}
	}
	return a.Cohorts
}

// builder makes one report.
type builder struct {
	*Tally
	register Register
	byID     map[string]*geofence.Activation
	orphans  int // endings without an opening
}

// Report makes the tables of what was added. read says where from.
func (t *Tally) Report(register Register, read []Read) *Report {
	b := &builder{Tally: t, register: register, byID: map[string]*geofence.Activation{}}
	if register.Missing == "" && len(register.Activations) == 0 {
		b.register.Missing = "the register is empty: import it with `cordon wearers import`"
	}
	for i := range register.Activations {
		a := &register.Activations[i]
		b.byID[a.ID] = a
	}
	r := &Report{Until: alerting.Time(t.o.Until), Timezone: t.o.Location.String(), Suppress: t.o.Suppress, Read: read,
		RuleRevisions: t.revisions(), NoRates: b.register.Missing, From: bound(t.o.From), To: bound(t.o.To)}
	b.fill(r)
	suppress(t.o.Suppress, r)
	r.Notes = b.notes(r)
	return r
}

func bound(ms int64) *alerting.Time {
	if ms == 0 {
		return nil
	}
	at := alerting.Time(ms)
	return &at
}

// fill makes total and tables, nothing hidden.
func (b *builder) fill(r *Report) {
	all := b.o.exposed(b.register.Activations, nil)
	total := b.group(func(*episode) []string { return []string{"all"} }, []string{"all"})
	b.rates(total, func(string) float64 { return all.days })
	r.Total = total[0]
	if b.register.Missing == "" && all.total != (span{}) {
		r.TagDaysFrom, r.TagDaysTo = bound(all.total.from), bound(all.total.to)
	}
	for _, e := range b.episodes {
		if e.ended && !e.breach && !e.suspected {
			b.orphans++
		}
	}
	r.Tables = []*Table{}
	for _, by := range b.o.By {
		r.Tables = append(r.Tables, &Table{By: by, Rows: b.rows(by, all)})
	}
}

func (b *builder) rows(by Dimension, all exposure) []*Row {
	switch by {
	case ByKind:
		return b.kindRows()
	case ByZone:
		rows := b.group(func(e *episode) []string { return []string{e.zone} }, nil)
		b.rates(rows, func(string) float64 { return all.days })
		return rows
	case ByCohort:
		rows := b.group(b.cohorts, slices.Collect(maps.Keys(all.byCohort)))
		b.rates(rows, func(c string) float64 { return all.byCohort[c] })
		return rows
	}
	bucket := func(ms int64) (string, int64) { return monthOf(ms, b.o.Location) }
	var always []string
	if by == ByHour {
		bucket = func(ms int64) (string, int64) { return hourOf(ms, b.o.Location) }
		for h := range 24 {
			always = append(always, fmt.Sprintf("%02d", h))
		}
	}
	x := b.o.exposed(b.register.Activations, bucket)
	name := func(e *episode) []string {
		n, _ := bucket(e.opened)
		return []string{n}
	}
	rows := b.group(name, slices.AppendSeq(always, maps.Keys(x.byBucket)))
	b.rates(rows, func(n string) float64 { return x.byBucket[n] })
	return rows
}

// cohorts are those of an episode's activation.
func (b *builder) cohorts(e *episode) []string {
	if a := b.byID[e.activation]; a != nil {
		return cohortsOf(a)
	}
	return []string{notRegistered}
}

// group makes a row for each bucket that an episode is in or that is named in always, by name.
func (b *builder) group(buckets func(*episode) []string, always []string) []*Row {
	rows := map[string]*Row{}
	dwell := map[string][]int64{}
	for _, name := range always {
		rows[name] = newRow(name)
	}
	for _, e := range b.episodes {
		if e.ended && !e.breach && !e.suspected {
			continue
		}
		for _, name := range buckets(e) {
			row := rows[name]
			if row == nil {
				row = newRow(name)
				rows[name] = row
			}
			row.count(e, b.byID[e.activation] != nil)
			if e.dwells() {
				dwell[name] = append(dwell[name], e.exit-e.opened)
			}
		}
	}
	sorted := make([]*Row, 0, len(rows))
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		row := rows[name]
		if times := dwell[name]; len(times) > 0 {
			q1, q2, q3 := quartiles(times)
			row.DwellQ1S, row.DwellMedianS, row.DwellQ3S = &q1, &q2, &q3
		}
		sorted = append(sorted, row)
	}
	return sorted
}

func newRow(name string) *Row {
	return &Row{Bucket: name, Breaches: &Count{}, Open: &Count{}, Closed: &Count{}, Suspicions: &Count{}, Retrospective: &Count{}, RateN: &Count{}}
}

func (e *episode) dwells() bool { return e.breach && e.ended && !e.retrospective }

func (r *Row) count(e *episode, registered bool) {
	switch {
	case e.retrospective:
		if e.breach {
			r.Retrospective.N++
		}
	case !e.breach:
		r.Suspicions.N++
	default:
		r.Breaches.N++
		if e.ended {
			r.Closed.N++
		} else {
			r.Open.N++
		}
		if registered {
			r.RateN.N++
		}
	}
}

// rates adds to rows what the register says, or takes the rates away when it says nothing.
func (b *builder) rates(rows []*Row, days func(bucket string) float64) {
	for _, r := range rows {
		if b.register.Missing != "" {
			r.RateN = nil
			continue
		}
		d := days(r.Bucket)
		r.TagDays = &d
		if d > 0 {
			rate := 1000 * float64(r.RateN.N) / d
			r.Rate = &rate
		}
	}
}

func (b *builder) kindRows() []*Row {
	rows := []*Row{}
	for _, k := range slices.Sorted(maps.Keys(b.kinds)) {
		n := b.kinds[k]
		rows = append(rows, &Row{Bucket: string(k), Alerts: &Count{N: n.live}, Retrospective: &Count{N: n.retrospective}})
	}
	return rows
}
