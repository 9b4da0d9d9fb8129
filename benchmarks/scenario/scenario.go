package scenario

import (
	"math/rand/v2"
	"time"

	"cordon/ingest"
)

// Scenario is a made-up stretch of a feed: the zones, the register, how they change, and the records.
type Scenario struct {
	config  Config
	zones   []*drawnZone
	shapes  []*drawnZone // the zones that bind many, with what is made of them by changes
	devices []*device
	changes []Change
	flood   []intruder
	late    []activation // of invented tags
}

// New makes a scenario. The records are made as they are asked for.
func New(c Config) (*Scenario, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Scenario{config: c}
	s.draw(rand.New(rand.NewPCG(c.Seed, 1)))
	s.planChanges(rand.New(rand.NewPCG(c.Seed, 2)))
	s.drawFlood(rand.New(rand.NewPCG(c.Seed, 4)))
	return s, nil
}

// Change is one change of the zones or of the register, made at a barrier: everything before it is acknowledged, then it is
// made, then every processor reports its revision, then the records go on. To decide a backlog it is imported
// beforehand, in force from At.
type Change struct {
	At   time.Time // planned
	What string    // one of ChangeKinds

	zones    func(at int64) []*drawnZone
	withdraw []string
	delete   []string
	register func(at int64) []activation
}

// Import is what a Change brings. What is empty is not to be imported.
type Import struct {
	Zones    []byte   // a GeoJSON FeatureCollection
	Withdraw []string // zones to delete
	Register []byte   // NDJSON
	Delete   []string // activations to delete
}

// Import returns the change for the time at which it is really made: the times in it are counted from there.
func (c Change) Import(at time.Time) Import {
	i := Import{Withdraw: c.withdraw, Delete: c.delete}
	if c.zones != nil {
		i.Zones = collection(c.zones(at.UnixMilli()))
	}
	if c.register != nil {
		i.Register = registerLines(c.register(at.UnixMilli()))
	}
	return i
}

// Zones returns the zones at the start, a GeoJSON FeatureCollection.
func (s *Scenario) Zones() []byte { return collection(s.zones) }

// Register returns the register at the start, NDJSON.
func (s *Scenario) Register() []byte {
	var all []activation
	for _, d := range s.devices {
		all = append(all, d.activations...)
	}
	all = append(all, s.late...)
	return registerLines(all)
}

// Changes returns the changes in order of time.
func (s *Scenario) Changes() []Change { return s.changes }

// Pings returns how many records there are.
func (s *Scenario) Pings() int { return s.config.Pings }

// Span returns the planned appended times of the first and, about, of the last record.
func (s *Scenario) Span() (from, to time.Time) {
	return s.config.Start, time.UnixMilli(s.config.end()).UTC()
}

// Record is one record of the ping topic as it is to be produced.
type Record struct {
	Partition int
	Key       []byte // the device
	Value     []byte
	Headers   []ingest.Header
	Appended  int64  // ms: the record's timestamp
	Barrier   int    // how many of the changes are made before it
	What      string // why it is there: one of RecordKinds, or broken: and the reason
}

// RecordKinds are the words of Record.What for records that are accepted, apart from those broken on purpose.
var RecordKinds = []string{"fix", "status", "present", "withheld", "very_late", "duplicate", "reordered", "ahead", "backwards"}

// ChangeKinds are the words of Change.What.
var ChangeKinds = []string{
	"withdrawn", "reshaped", "kind", "audience", "timetable", "removed", "handed_on", "refitted", "wearer", "cohorts",
	"brought_back", "severity", "unregistered", "rule",
}
