package pipeline

import (
	"context"
	"log/slog"
	"time"

	"cordon/alerting"
	"cordon/geofence"
	"cordon/ingest"
)

// Topic takes messages. Publish returns when the broker has all of them on every in-sync replica; with an error it
// returns those that are not known to be there, in order.
type Topic interface {
	Publish(ctx context.Context, messages []alerting.Message) (unsent []alerting.Message, err error)
}

// Log is one partition of a topic, to be read.
type Log interface {
	Fetch(ctx context.Context, from int64) (ingest.Fetched, error)
	// Bounds returns the offset of the oldest record and of the next one to be appended.
	Bounds(ctx context.Context) (start, end int64, err error)
	// OffsetAt returns the offset of the first record appended at or after the instant (ms), the end if there is none.
	OffsetAt(ctx context.Context, ms int64) (int64, error)
}

// Owned is a partition assigned to this processor.
type Owned interface {
	Log
	ingest.Partition
	// Committed returns the group's offset, -1 when it has none.
	Committed(ctx context.Context) (int64, error)
	// Live returns nil while the assignment is the group's current one.
	Live(ctx context.Context) error
}

// Lease is the right to write a partition's checkpoints, until somebody takes a newer one.
type Lease interface {
	// Save writes; alerting.ErrFenced and alerting.ErrLost say that the store knows another epoch, or none.
	Save(ctx context.Context, d *alerting.Delta) error
	// Retake takes a new epoch after ErrLost.
	Retake(ctx context.Context) error
	// SetAside moves the stored checkpoint, which cannot be read, to a place where it is kept for a while.
	SetAside(ctx context.Context) (alerting.SetAside, error)
}

// Checkpoints is where they are kept, for one topic and its count of partitions.
type Checkpoints interface {
	// Take makes the caller the owner. committed is the group's offset, below 0 if there is none. An error means that the
	// store does not answer and the caller should wait; an unreadable checkpoint is not an error.
	Take(ctx context.Context, partition int, committed int64) (Lease, alerting.Takeover, error)
	// Claim notes that the tags' state is in the partition and returns those noted for another one.
	Claim(ctx context.Context, partition int, devices []string) (elsewhere map[string]int, err error)
	Release(ctx context.Context, partition int, devices []string) error
	// Previous returns the count of partitions that the topic had before, 0 when it never had another.
	Previous(ctx context.Context) (int, error)
	// Asides returns what was set aside since the last call and did not require pings to be decided again.
	Asides(partition int) []alerting.SetAside
}

// Cluster reads what is not the own partition.
type Cluster interface {
	// PartitionOf returns where our own producers put a tag's pings.
	PartitionOf(device string) int
	// Pings returns any partition of the ping topic.
	Pings(partition int) Log
	// Committed returns the group's offset of any partition of the ping topic.
	Committed(ctx context.Context, partition int) (int64, error)
	// Alerts returns the partitions of the alerts topic.
	Alerts(ctx context.Context) ([]Log, error)
	// Rejects returns the partitions of the rejects topic.
	Rejects(ctx context.Context) ([]Log, error)
}

// Options are what every partition of a processor shares.
type Options struct {
	Topic         string // of the pings, for the headers of rejects
	Partitions    int
	Decoder       ingest.DecoderOptions
	RebuildWindow time.Duration
	MaxAhead      time.Duration // a record stamped further ahead of the clock when it is read is rejected; 0 stands for 2 min
	RejectBytes   int           // the size limit of one record of the rejects topic; 0 stands for 1 MiB
	Source        string        // CloudEvents source of the alerts
	View          func() *geofence.View
	Rules         *alerting.Rules
	Limits        alerting.Limits // of each partition
	Alerts        Topic
	Rejects       Topic
	Checkpoints   Checkpoints
	Cluster       Cluster
	Metrics       *Metrics
	Log           *slog.Logger
	Now           func() time.Time // the wall clock; nil: time.Now
}

func (o *Options) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}
