package scenario

import (
	"fmt"
	"time"
)

// Config says what a Scenario is made of. The same Config gives the same bytes.
type Config struct {
	Seed       uint64
	Tags       int
	Pings      int           // records to arrive, of every kind
	Partitions int           // of the ping topic; keys are placed as Java's producers do
	Start      time.Time     // planned appended time of the first record
	Cadence    time.Duration // between two fixes of a tag, on average; 0: a minute. Some take two for one, some one in ten and more
	Changes    int           // of zones and register during the run; negative: none, 0: 28
	Invented   int           // tags unknown to the register, first heard within a tenth of the run
	Gaps       int           // stretches in which half of the partitions get nothing; negative: none, 0: 3
	Shares     Shares        // zero: DefaultShares
}

// Shares say how often something happens, each as a probability for one fix of one tag or, where it says so, for a tag.
type Shares struct {
	Status    float64 // report without a position
	WiFi      float64
	Cell      float64
	Beacon    float64
	Burst     float64 // the tag begins to be out of coverage and sends its past later
	VeryLate  float64 // a stretch of fixes from hours ago arrives
	Duplicate float64
	Reorder   float64 // two neighbours change places
	Broken    float64 // a record that must be rejected arrives besides
	Ahead     float64 // the tag's clock is ahead of Kafka's
	Backwards float64 // appended some seconds before the record in front of it
	OnEdge    float64 // a walk leads to a point exactly on an edge or a vertex
	Across    float64 // a walk leads to one side of a zone and, by the next fix, to the other
	Visit     float64 // a walk leads into a zone, or beside it
	Indoors   float64 // the tag begins to be where it sees no satellites: five times as often when it is out of coverage
	Stray     float64 // the fix is 100 to 400 m beside the truth, for once
	Wide      float64 // its circle is so wide that no rule uses it, or just does

	Strap    float64 // the tag begins to say that its strap is open or was tampered with
	Jammed   float64 // it begins to say that it is jammed
	Blind    float64 // it begins to send nothing but reports without a position
	Silent   float64 // it begins to send nothing, and will not send it later
	Frozen   float64 // it begins to repeat one place and to say that it is in motion
	Teleport float64 // the fix is some kilometres beside the truth, for once
	Drain    float64 // percent of the battery that a fix takes, on average

	Traccar  float64 // of tags
	MDSS     float64 // of tags
	Protobuf float64 // of the pings of the other tags

	Unassigned float64 // of tags: nobody ever wears it
	Reused     float64 // of tags: removed during the run and fitted to somebody else
	Removed    float64 // of tags: removed during the run
	Fitted     float64 // of tags: first fitted during the run
	SecondTag  float64 // of tags: worn by a wearer who has one already
}

// DefaultShares has something of everything.
func DefaultShares() Shares {
	return Shares{
		Status: 0.04, WiFi: 0.03, Cell: 0.03, Beacon: 0.01, Burst: 0.004, VeryLate: 0.002, Duplicate: 0.02, Reorder: 0.01,
		Broken: 0.01, Ahead: 0.003, Backwards: 0.002, OnEdge: 0.05, Across: 0.05, Visit: 0.6, Indoors: 0.01, Stray: 0.01, Wide: 0.04,
		Strap: 0.002, Jammed: 0.002, Blind: 0.002, Silent: 0.0015, Frozen: 0.001, Teleport: 0.001, Drain: 0.4,
		Traccar: 0.15, MDSS: 0.1, Protobuf: 0.25,
		Unassigned: 0.02, Reused: 0.1, Removed: 0.03, Fitted: 0.03, SecondTag: 0.02,
	}
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Tags < 1:
		return c, fmt.Errorf("scenario: %d tags: give at least one", c.Tags)
	case c.Pings < 1:
		return c, fmt.Errorf("scenario: %d pings: give at least one", c.Pings)
	case c.Partitions < 1:
		return c, fmt.Errorf("scenario: %d partitions: give as many as the ping topic has", c.Partitions)
	case c.Start.IsZero():
		return c, fmt.Errorf("scenario: no start: give the planned time of the first record")
	case c.Cadence < 0:
		return c, fmt.Errorf("scenario: a cadence of %s: give the time between two fixes of a tag", c.Cadence)
	}
	if c.Cadence == 0 {
		c.Cadence = time.Minute
	}
	if c.Changes == 0 {
		c.Changes = 28
	}
	if c.Gaps == 0 {
		c.Gaps = 3
	}
	if c.Shares == (Shares{}) {
		c.Shares = DefaultShares()
	}
	return c, nil
}

// steps is how many fixes each tag takes, about.
func (c Config) steps() int { return c.Pings/c.Tags + 1 }

func (c Config) start() int64 { return c.Start.UnixMilli() }
func (c Config) unit() int64  { return max(1, c.Cadence.Milliseconds()) }
func (c Config) pulse() int64 { return max(1, c.unit()/2) } // the least time between two fixes of a tag
func (c Config) end() int64   { return c.start() + int64(c.steps())*c.unit() }
