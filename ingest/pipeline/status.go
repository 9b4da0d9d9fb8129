package pipeline

import (
	"fmt"
	"time"
)

// Status is what can be asked about a partition from any goroutine.
type Status struct {
	// TakingOver says that the takeover is not done yet.
	TakingOver bool
	// CheckpointAge is how long ago the last checkpoint that succeeded was begun, while later ones fail; 0 otherwise.
	CheckpointAge time.Duration
	// Problems say what is wrong and what to do.
	Problems []string
}

// Status returns it.
func (p *Partition) Status() Status {
	var s Status
	if p.behind.Load() {
		s.CheckpointAge = p.o.now().Sub(time.UnixMilli(p.age.Load()))
		s.Problems = append(s.Problems, fmt.Sprintf("redis: the checkpoint of partition %d cannot be written", p.number))
	}
	if p.stuck.Load() {
		s.Problems = append(s.Problems, fmt.Sprintf("kafka: alerts or rejects of partition %d are not acknowledged", p.number))
	}
	if n := p.spread.Load(); n > 0 {
		s.Problems = append(s.Problems, fmt.Sprintf("partition %d: %d tags have state in a second partition too: let all producers use one key and placement", p.number, n))
	}
	if ms := p.skew.Load(); ms != 0 {
		s.Problems = append(s.Problems, fmt.Sprintf("partition %d: the gateway's clock and ours differ by %s", p.number, time.Duration(ms)*time.Millisecond))
	}
	return s
}
