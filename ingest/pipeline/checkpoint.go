package pipeline

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"cordon/alerting"
	"cordon/ingest"
)

// writtenEvery is how long a checkpoint may stay unwritten though nothing has changed: that is how an idle partition
// notices that the store has lost its own.
const writtenEvery = 5 * time.Second

// written is what a write of a checkpoint holds, to be taken back when it fails.
type written struct {
	tags    []*alerting.Tag
	dropped []string
	fresh   map[string]struct{}
	whole   bool
	began   time.Time
}

// Checkpoint encodes what has changed, and returns the write of it.
func (p *Partition) Checkpoint(next int64) func(context.Context) error {
	if p.collect(); len(p.said) > 0 || len(p.rejects) > 0 || len(p.urgent) > 0 {
		return nil // what was decided must be on the broker first
	}
	changed, feed, flood := p.watch.Changed(), p.watch.Feed(), p.watch.Flood()
	if len(changed) == 0 && feed == p.feed && flood == p.flood && len(p.dropped) == 0 && !p.whole && p.last.offset == p.saved.offset && time.Since(p.written) < writtenEvery {
		return nil
	}
	p.feed, p.flood = feed, flood
	p.inFlight = written{tags: changed, dropped: p.dropped, fresh: p.fresh, whole: p.whole, began: time.Now()}
	p.wrote = p.o.now().UnixMilli()
	d := &alerting.Delta{Next: next, Meta: p.position.append(nil), Dropped: p.dropped, Whole: p.whole}
	p.encode(d, changed)
	retake, fresh, dropped := p.lost, p.fresh, p.dropped
	p.dropped, p.fresh, p.whole, p.saved = nil, map[string]struct{}{}, false, p.last
	return func(ctx context.Context) error { return p.save(ctx, d, retake, fresh, dropped) }
}

// encode fills in the states of the tags that have changed, or of all. They share one piece of memory.
func (p *Partition) encode(d *alerting.Delta, changed []*alerting.Tag) {
	most := len(changed)
	if p.whole {
		most = len(p.tags)
	}
	// There is one write at a time, so the memory of the last can be used again.
	if p.states == nil {
		p.states = make(map[string][]byte, most)
	}
	clear(p.states)
	d.Changed = p.states
	b := slices.Grow(p.room[:0], most*p.stateBytes)
	add := func(device string, t *tag) {
		start := len(b)
		b = t.append(b)
		d.Changed[device] = b[start:len(b):len(b)]
	}
	if p.whole {
		for device, t := range p.tags {
			add(device, t)
		}
	} else {
		for _, state := range changed {
			if t := p.tags[state.Device]; t != nil { // nil: forgotten meanwhile, and among the dropped
				add(state.Device, t)
			}
		}
	}
	if p.room = b; most > 0 {
		p.stateBytes = len(b)/most + 1
	}
}

// save runs on a goroutine of its own and touches nothing that the owner's does.
func (p *Partition) save(ctx context.Context, d *alerting.Delta, retake bool, fresh map[string]struct{}, dropped []string) error {
	if retake {
		err := p.owned.Live(ctx)
		if errors.Is(err, ingest.ErrDeposed) {
			return fmt.Errorf("%w: the store has lost the epoch and the assignment is over: %w", alerting.ErrFenced, err)
		}
		if err != nil {
			return err
		}
		if err := p.lease.Retake(ctx); err != nil {
			return err
		}
	}
	if err := p.lease.Save(ctx, d); err != nil {
		return err
	}
	return p.claim(ctx, slices.Collect(maps.Keys(fresh)), dropped)
}

// claim notes which tags the partition has, and reports those that another one has too: their producers disagree about
// the key, and a tag whose pings are spread is not judged as one.
func (p *Partition) claim(ctx context.Context, fresh, dropped []string) error {
	if len(dropped) > 0 {
		if err := p.o.Checkpoints.Release(ctx, p.number, dropped); err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	elsewhere, err := p.o.Checkpoints.Claim(ctx, p.number, fresh)
	if err != nil {
		return err
	}
	for device := range elsewhere {
		if _, told := p.elsewhere[device]; !told {
			p.elsewhere[device] = struct{}{}
			p.o.Metrics.elsewhere.Inc()
		}
	}
	if n := int64(len(p.elsewhere)); n > p.spread.Swap(n) {
		p.log.Error("tags have state in a second partition: let all producers use the same key and placement", "tags", n)
	}
	return nil
}

// Checkpointed takes back what a failed write held. Without the epoch the partition is somebody else's; with none
// stored everything is written anew.
func (p *Partition) Checkpointed(took time.Duration, err error) error {
	w := p.inFlight
	p.inFlight = written{}
	p.behind.Store(err != nil)
	if err == nil {
		p.lost = false
		p.age.Store(w.began.UnixMilli())
		p.written = time.Now()
		p.o.Metrics.checkpoint.Observe(took.Seconds())
		return nil
	}
	p.watch.Touch(w.tags...)
	p.dropped = append(w.dropped, p.dropped...)
	for device := range w.fresh {
		if p.tags[device] != nil {
			p.fresh[device] = struct{}{}
		}
	}
	p.whole = p.whole || w.whole
	p.saved = proof{offset: -2}
	switch {
	case errors.Is(err, alerting.ErrFenced):
		return err
	case errors.Is(err, alerting.ErrLost):
		p.log.Warn("the store has lost the checkpoint, writing it anew", "err", err)
		p.whole, p.lost = true, true
		for device := range p.tags {
			p.fresh[device] = struct{}{}
		}
	default:
		p.log.Warn("checkpoint not written, trying again", "err", err)
	}
	return nil
}

// append appends the stored form of the tag: the hashes of its last pings, and the state of its decisions.
func (t *tag) append(b []byte) []byte {
	var room [16]uint64
	return alerting.AppendTag(b, t.state, t.recent.AppendTo(room[:0]))
}

func parseTag(device string, b []byte) (*tag, error) {
	var room [16]uint64
	state, recent, err := alerting.ParseTag(device, b, room[:0])
	if err != nil {
		return nil, err
	}
	return &tag{state: state, recent: ingest.RecentOf(recent)}, nil
}

// proofOf names a record by FNV-1a over its key and value.
func proofOf(rec *ingest.Record) proof {
	h := fnv.New64a()
	h.Write(rec.Key)
	h.Write([]byte{0})
	h.Write(rec.Value)
	return proof{offset: rec.Offset, appended: rec.Appended, hash: h.Sum64()}
}
