package scenario

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"cordon/alerting"
	"cordon/ingest"
)

// Revision is one revision of a zone or of an activation, as a store's history holds it.
type Revision struct {
	ID      string
	Number  uint64
	Updated int64  // in force from, ms since the Unix epoch
	Doc     []byte // a GeoJSON Feature, or a line of the register; nil: a tombstone
}

// Params are what a processor is configured with. A zero member means the processor's default.
type Params struct {
	MaxAge    time.Duration // a fix older than this at its appended time is too_old
	MaxFuture time.Duration // one further ahead is future
	Accuracy  map[string]float64
	Level     float64
	Rules     Rules // which rule set decides; zero: plain

	MaxUnassigned    int // unassigned tags that a partition remembers
	UnassignedAlerts int // alerts unassigned_device in an hour
}

// Partition is one partition of the ping topic as it was read back.
type Partition struct {
	Number  int
	Records iter.Seq[ingest.Record] // in offset order; ranged over once; a record may be reused after its turn
}

// Input is everything a decision depends on.
type Input struct {
	Partitions []Partition
	Zones      []Revision
	Register   []Revision
	Params     Params
	Until      int64 // ms: timers run up to here after the last record; timetables are known for 35 days before it
}

// At names a record of the ping topic.
type At struct {
	Partition int
	Offset    int64
}

// Counts says how many records came to what. A late ping is one whose whole fix was late; Split counts those that were late for
// some zones only, and they are among Accepted.
type Counts struct {
	Accepted, Duplicate, Late, Split, Status int
	Gaps                                     int // breaches by absence that a fix showed before the clock did
	Forgotten                                int // unassigned tags that were forgotten because more were heard
	Rejected                                 map[ingest.Reason]int
}

// Add adds the counts of another partition.
func (c *Counts) Add(more Counts) {
	c.Accepted += more.Accepted
	c.Duplicate += more.Duplicate
	c.Late += more.Late
	c.Split += more.Split
	c.Status += more.Status
	c.Gaps += more.Gaps
	c.Forgotten += more.Forgotten
	if c.Rejected == nil {
		c.Rejected = map[ingest.Reason]int{}
	}
	for reason, n := range more.Rejected {
		c.Rejected[reason] += n
	}
}

// Open is an episode that is open at the end.
type Open struct {
	Partition     int
	DeviceID      string
	ActivationID  string // empty: unassigned
	WearerID      string
	ZoneID        string
	EpisodeID     string
	Opened        int64 // fix time, ms
	LastInside    int64 // fix time, ms
	MaxDepthM     float64
	Suspected     bool // not confirmed yet; never so under plain
	Retrospective bool
}

// Output is what must result.
type Output struct {
	Alerts  []alerting.Alert // partition after partition, in the order of their decisions; raised_time is 0
	Rejects map[At]ingest.Reason
	Counts  Counts
	// Doubtful are the ids of alerts that may be there or not: a number that decides lies too near to its threshold.
	Doubtful map[string]bool
	Open     []Open // sorted by partition, device, activation, zone, live before history
}

// Decide returns what a processor must make of the input under the rule set of its Params. It works on as many
// partitions at a time as there are processors.
func Decide(in Input) (Output, error) {
	var mu sync.Mutex
	outputs := map[int]Output{}
	err := DecideEach(in, func(number int, out Output) error {
		mu.Lock()
		defer mu.Unlock()
		outputs[number] = out
		return nil
	})
	return merge(outputs), err
}

// DecideEach is Decide for an input whose alerts do not fit into memory together: it passes the alerts of one partition to
// done and then forgets them. Calls of done run concurrently.
func DecideEach(in Input, done func(number int, out Output) error) error {
	w, err := newWorld(in)
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range in.Partitions {
		g.Go(func() error {
			l := newLane(w, p.Number)
			for r := range p.Records {
				l.handle(r)
			}
			l.runEvents(in.Until)
			return done(p.Number, l.output())
		})
	}
	return g.Wait()
}

func (l *lane) output() Output {
	out := Output{Alerts: l.alerts, Open: l.openEpisodes(), Doubtful: l.doubtful, Rejects: l.rejects, Counts: l.counts}
	out.Counts.Rejected = map[ingest.Reason]int{}
	for _, reason := range l.rejects {
		out.Counts.Rejected[reason]++
	}
	return out
}

func merge(outputs map[int]Output) Output {
	all := Output{Rejects: map[At]ingest.Reason{}, Doubtful: map[string]bool{}, Counts: Counts{Rejected: map[ingest.Reason]int{}}}
	for _, number := range slices.Sorted(maps.Keys(outputs)) {
		out := outputs[number]
		all.Alerts = append(all.Alerts, out.Alerts...)
		all.Open = append(all.Open, out.Open...)
		maps.Copy(all.Doubtful, out.Doubtful)
		maps.Copy(all.Rejects, out.Rejects)
		all.Counts.Add(out.Counts)
	}
	return all
}

// world is what all partitions read and none writes.
type world struct {
	params   Params
	zones    map[string]*zoneHistory
	everyone []*zoneHistory
	byWearer map[string][]*zoneHistory
	byCohort map[string][]*zoneHistory
	register map[string]*activationHistory
	byDevice map[string][]*activationHistory // every activation that ever named the device
}

const timetableSpan = 35 * 24 * time.Hour

func newWorld(in Input) (*world, error) {
	if in.Until <= 0 {
		return nil, fmt.Errorf("scenario: Until is %d: give the time up to which timers run, in ms", in.Until)
	}
	params, err := in.Params.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &world{
		params: params, zones: map[string]*zoneHistory{}, register: map[string]*activationHistory{},
		byWearer: map[string][]*zoneHistory{}, byCohort: map[string][]*zoneHistory{}, byDevice: map[string][]*activationHistory{},
	}
	weeks := newWeeks(in.Until-timetableSpan.Milliseconds(), in.Until+3*day)
	if err := w.readZones(in.Zones, weeks); err != nil {
		return nil, err
	}
	if err := w.readRegister(in.Register); err != nil {
		return nil, err
	}
	return w, nil
}

func (p Params) withDefaults() (Params, error) {
	p.MaxAge = cmp.Or(p.MaxAge, 72*time.Hour)
	p.MaxFuture = cmp.Or(p.MaxFuture, 2*time.Minute)
	p.Level = cmp.Or(p.Level, 0.95)
	p.MaxUnassigned = cmp.Or(p.MaxUnassigned, 20_000)
	p.UnassignedAlerts = cmp.Or(p.UnassignedAlerts, 100)
	if p.Accuracy == nil {
		p.Accuracy = map[string]float64{"gnss": 15, "wifi": 50, "cell": 1000, "beacon": 10}
	}
	var err error
	p.Rules, err = p.Rules.withDefaults()
	return p, err
}
