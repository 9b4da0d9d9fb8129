package stats

import (
	"cmp"
	"slices"
	"time"

	"cordon/geofence"
)

const day = 24 * time.Hour / time.Millisecond

// span is a stretch of time [from, to), ms.
type span struct{ from, to int64 }

// worn returns the part of an activation that lies in the range and before the time of reading.
func (o Options) worn(a *geofence.Activation) (span, bool) {
	s := span{a.Fitted, min(a.Removed, o.Until)}
	if o.From != 0 {
		s.from = max(s.from, o.From)
	}
	if o.To != 0 {
		s.to = min(s.to, o.To)
	}
	return s, s.from < s.to
}

// exposure is the time that tags were worn.
type exposure struct {
	total    span // first and last instant
	days     float64
	byCohort map[string]float64
	byBucket map[string]float64 // by month or hour of the day
}

// exposed adds up the register's tag-days. With a bucket function they are split by it too: next says where the bucket
// of an instant ends.
func (o Options) exposed(register []geofence.Activation, bucket func(ms int64) (name string, next int64)) exposure {
	x := exposure{byCohort: map[string]float64{}, byBucket: map[string]float64{}}
	var spans []span
	for i := range register {
		a := &register[i]
		s, ok := o.worn(a)
		if !ok {
			continue
		}
		spans = append(spans, s)
		days := float64(s.to-s.from) / float64(day)
		x.days += days
		for _, c := range cohortsOf(a) {
			x.byCohort[c] += days
		}
	}
	if len(spans) == 0 {
		return x
	}
	x.total = span{slices.MinFunc(spans, byFrom).from, slices.MaxFunc(spans, byTo).to}
	if bucket != nil {
		split(spans, x.byBucket, bucket)
	}
	return x
}

func byFrom(a, b span) int { return cmp.Compare(a.from, b.from) }
func byTo(a, b span) int   { return cmp.Compare(a.to, b.to) }

// split adds to each bucket the days that the spans have in it. It walks once over the whole time, with the number of
// spans that cover it, so that its cost does not grow by spans times buckets.
func split(spans []span, into map[string]float64, bucket func(ms int64) (name string, next int64)) {
	type change struct {
		at int64
		by int
	}
	changes := make([]change, 0, 2*len(spans))
	for _, s := range spans {
		changes = append(changes, change{s.from, 1}, change{s.to, -1})
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	worn := 0
	for i, c := range changes {
		worn += c.by
		if i == len(changes)-1 || worn == 0 {
			continue
		}
		for at, end := c.at, changes[i+1].at; at < end; {
			name, next := bucket(at)
			next = min(next, end)
			into[name] += float64(worn) * float64(next-at) / float64(day)
			at = next
		}
	}
}

func monthOf(ms int64, at *time.Location) (name string, next int64) {
	t := time.UnixMilli(ms).In(at)
	end := time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, at).UnixMilli()
	return t.Format("2006-01"), max(end, ms+1)
}

// hourOf counts in steps of a quarter of an hour within an hour that a change of the clock cuts short.
func hourOf(ms int64, at *time.Location) (name string, next int64) {
	t := time.UnixMilli(ms).In(at)
	_, offset := t.Zone()
	local := ms + int64(offset)*1000
	const hour, quarter = int64(time.Hour / time.Millisecond), int64(15 * time.Minute / time.Millisecond)
	next = ms + hour - mod(local, hour)
	if _, after := time.UnixMilli(next).In(at).Zone(); after != offset {
		next = min(next, ms+quarter-mod(ms, quarter))
	}
	return t.Format("15"), next
}

func mod(a, b int64) int64 { return ((a % b) + b) % b }
