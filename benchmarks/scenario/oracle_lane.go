package scenario

import (
	"cmp"
	"math"
	"slices"

	"cordon/alerting"
	"cordon/ingest"
)

const (
	hour         = 60 * minute
	knownFor     = 3 * day // how long a closed stay is remembered, by appended time
	historyQuiet = hour    // without a late ping for this long, history episodes end
	never        = math.MinInt64
)

// lane works through one partition.
type lane struct {
	*world
	number int
	clock  int64 // greatest appended time handled
	tags   map[string]*tag

	watched   map[*episode]struct{} // open and dormant episodes, and visits
	vigils    map[*state]struct{}   // the bearers that were heard and are not over
	feed      feedHearing
	strangers strangers
	begun     int   // how many were ever watched
	due       int64 // the first instant after the clock at which something that concerns them changes
	again     again

	alerts   []alerting.Alert
	doubtful map[string]bool // by alert id
	rejects  map[At]ingest.Reason
	counts   Counts
}

func newLane(w *world, number int) *lane {
	return &lane{
		world: w, number: number, clock: never, due: forever, again: newAgain(),
		tags: map[string]*tag{}, watched: map[*episode]struct{}{}, vigils: map[*state]struct{}{}, feed: feedHearing{resumed: never},
		strangers: strangers{hour: never, since: never}, rejects: map[At]ingest.Reason{},
		doubtful: map[string]bool{},
	}
}

// tag is what is remembered of a device.
type tag struct {
	device   string
	recent   []identity // the last 16 pings, oldest first
	lastLate int64      // when the last late ping was appended, or never
	heardBy  *state     // of the last ping that was heard
	heard    int64      // greatest appended time of its pings
	stranger bool       // it was never worn
	states   map[bearer]*state
}

// bearer is whose state it is: an activation and its wearer, or an unassigned wearer.
type bearer struct{ activation, wearer string }

func compareBearers(a, b bearer) int {
	return cmp.Or(cmp.Compare(a.activation, b.activation), cmp.Compare(a.wearer, b.wearer))
}

func (b bearer) subject() string { return cmp.Or(b.activation, b.wearer) }

// identity is what makes two pings of one device the same.
type identity struct {
	fix        int64
	hasSeq     bool
	seq        uint64
	source     string
	positioned bool
	lat, lon   int64 // 1e-7 degree
}

// state is what is known of one bearer of a tag.
type state struct {
	bearer
	device      string
	newest      map[string]int64 // greatest fix time used live, by what fixes are late against
	historyLast int64
	live, past  map[string]*episode // by zone; past is the history track
	stays       map[string][]stay
	hearing     // of the rule set default, as is the other
	vigil       vigil

	zones   []*zoneHistory // that ever bound it, by id
	cohorts []string       // for which zones was made
}

// stay is an episode that has ended.
type stay struct{ opened, exit, closed int64 }

// fix is a reading that found its bearer.
type fix struct {
	reading
	appended int64
	cohorts  []string
	tier     int

	usable bool    // of the rule set default, as are the others below
	radius float64 // metres: of its circle at 95 %
	before int64   // fix time of the usable fix before it on its track, or never
}

func (l *lane) handle(r ingest.Record) {
	p, reason := decode(r, l.params)
	if reason != "" {
		l.rejects[At{r.Partition, r.Offset}] = reason
		return
	}
	if r.Appended > l.clock { // what was due before a clock that had passed it waits until it moves on
		l.runEvents(r.Appended)
		l.clock = r.Appended
	}

	t := l.tags[p.device]
	if t == nil {
		t = &tag{device: p.device, lastLate: never, heard: never, states: map[bearer]*state{}}
		l.tags[p.device] = t
	}
	if t.repeats(p.identity()) {
		l.counts.Duplicate++
		return
	}
	f, s, over := l.whose(t, p, r.Appended)
	l.recognise(t, r.Appended)
	if l.params.Rules.Tags != nil {
		l.hearPing(t, s, f, over)
	}
	if t.lastLate != never && r.Appended-t.lastLate >= historyQuiet {
		l.endHistoryOf(t, r.Appended)
		t.lastLate = never
	}
	if p.positioned {
		l.take(t, s, f, over)
	} else {
		l.counts.Status++
		l.counts.Accepted++
	}
	if r.Appended < l.clock {
		l.revisit(t)
	}
}

func (t *tag) repeats(id identity) bool {
	if slices.Contains(t.recent, id) {
		return true
	}
	if len(t.recent) == 16 {
		t.recent = slices.Delete(t.recent, 0, 1)
	}
	t.recent = append(t.recent, id)
	return false
}

func (p *reading) identity() identity {
	id := identity{fix: p.fix, hasSeq: p.hasSeq, seq: p.seq, source: p.source, positioned: p.positioned}
	if p.positioned {
		id.lat, id.lon = e7(p.lat), e7(p.lon)
	}
	return id
}

// whose finds out to whom a ping belongs, and whether that has been decided to be over.
func (l *lane) whose(t *tag, p reading, appended int64) (f fix, s *state, over bool) {
	f = fix{reading: p, appended: appended}
	b := bearer{wearer: "unassigned:" + p.device}
	if a := l.activation(p.device, p.fix, appended); a != nil {
		b = bearer{activation: a.id, wearer: a.wearer}
		f.cohorts, f.tier = a.cohorts, a.tier
		over = a.removed <= l.clock
	} else {
		over = l.nextFitted(p.device, p.fix, appended) <= l.clock
	}
	if !l.params.Rules.plain() {
		l.measure(&f)
	}
	return f, l.stateOf(t, b, f.cohorts), over
}

// take is a fix: it is late or live.
func (l *lane) take(t *tag, s *state, f fix, over bool) {
	order := l.orderOf(f.source)
	if newest, used := s.newest[order]; over || used && f.fix < newest {
		l.counts.Late++
		l.late(t, s, f)
		return
	}
	l.counts.Accepted++
	s.newest[order] = f.fix
	if l.params.Rules.plain() {
		l.liveFix(t, s, f)
	} else {
		l.hear(t, s, f)
	}
}

// orderOf names what a fix is late against: plain has one order for all sources.
func (l *lane) orderOf(source string) string {
	switch {
	case l.params.Rules.plain():
		return "any"
	case source == "gnss":
		return "satellite"
	}
	return "other"
}

func (l *lane) stateOf(t *tag, b bearer, cohorts []string) *state {
	s := t.states[b]
	if s == nil {
		s = &state{
			bearer: b, device: t.device, newest: map[string]int64{}, historyLast: never,
			live: map[string]*episode{}, past: map[string]*episode{}, stays: map[string][]stay{},
			vigil:   newVigil(),
			hearing: hearing{before: never, dormant: map[string]*episode{}, visits: map[string]*episode{}},
		}
		t.states[b] = s
	}
	if s.zones == nil || !slices.Equal(s.cohorts, cohorts) {
		s.zones, s.cohorts = l.candidates(b.wearer, cohorts), cohorts
	}
	return s
}

func (l *lane) endHistoryOf(t *tag, appended int64) {
	states := make([]*state, 0, len(t.states))
	for _, s := range t.states {
		states = append(states, s)
	}
	slices.SortFunc(states, func(a, b *state) int { return compareBearers(a.bearer, b.bearer) })
	for _, s := range states {
		l.endHistory(s, appended)
	}
}
