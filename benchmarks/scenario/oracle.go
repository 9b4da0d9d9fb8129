package scenario

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"
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

// Params are what a processor is configured with. A zero member means contract.md's default.
type Params struct {
	MaxAge    time.Duration // a fix older than this at its appended time is too_old
	MaxFuture time.Duration // one further ahead is future
	Accuracy  map[string]float64
	Level     float64
	Rules     Rules // which rule set decides; zero: plain

	MaxUnassigned    int // tags that nobody wears, remembered of a partition
	UnassignedAlerts int // of them told of in an hour
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
	Forgotten                                int // tags that nobody wears, of which more were heard
	Rejected                                 map[ingest.Reason]int
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
	w, err := newWorld(in)
	if err != nil {
		return Output{}, err
	}
	done := make([]*lane, len(in.Partitions))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range in.Partitions {
		g.Go(func() error {
			done[i] = newLane(w, p.Number)
			for r := range p.Records {
				done[i].handle(r)
			}
			done[i].runEvents(in.Until)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return Output{}, err
	}
	return merge(done), nil
}

func merge(lanes []*lane) Output {
	slices.SortFunc(lanes, func(a, b *lane) int { return cmp.Compare(a.number, b.number) })
	out := Output{Rejects: map[At]ingest.Reason{}, Doubtful: map[string]bool{}, Counts: Counts{Rejected: map[ingest.Reason]int{}}}
	for _, l := range lanes {
		out.Alerts = append(out.Alerts, l.alerts...)
		out.Open = append(out.Open, l.openEpisodes()...)
		maps.Copy(out.Doubtful, l.doubtful)
		out.Counts.Accepted += l.counts.Accepted
		out.Counts.Duplicate += l.counts.Duplicate
		out.Counts.Late += l.counts.Late
		out.Counts.Split += l.counts.Split
		out.Counts.Status += l.counts.Status
		out.Counts.Gaps += l.counts.Gaps
		out.Counts.Forgotten += l.counts.Forgotten
		for at, reason := range l.rejects {
			out.Rejects[at] = reason
			out.Counts.Rejected[reason]++
		}
	}
	return out
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
