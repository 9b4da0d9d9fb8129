package pipeline

import (
	"context"
	"errors"

	"cordon/alerting"
)

// A partial view lacks zones or activations that the store has lost. The partition goes on deciding with the rest, which
// still protects people, and decides these pings again once the view is whole. position.partialSince is the instant of the
// partition's clock (ms) at which it began to use a partial view, 0 if it does not. Every checkpoint holds it, so that a
// later owner knows it too.

// errWholeAgain ends the work on a partition that has to decide again what it decided with a partial view.
var errWholeAgain = errors.New("pipeline: zones and register are whole again")

// look makes the partition judge by the newest view. When that is whole again, it ends what only the partial view
// could begin, such as the episodes of a tag whose activation was missing, and a flood of such tags, before the partition
// is given up.
func (p *Partition) look(ctx context.Context) error {
	p.watch.Look(p.o.View())
	if p.partialSince == 0 || p.watch.Partial() {
		p.notePartial()
		return nil
	}
	if p.behind.Load() { // Redis is away: the partition could not be taken over again, and its pings would wait
		return nil
	}
	p.watch.EndFloodSince(p.partialSince)
	if err := p.publish(ctx); err != nil {
		return err
	}
	return errWholeAgain
}

// endPartial does the same for what an earlier owner left behind.
func (p *Partition) endPartial(ctx context.Context, stored *alerting.Checkpoint, start, end int64) error {
	defer p.release()
	if _, err := p.restore(ctx, stored, start, end); err != nil {
		return err
	}
	p.watch.EndFloodSince(p.partialSince)
	return p.publish(ctx)
}

// notePartial notes when a partial view came to be judged by.
func (p *Partition) notePartial() {
	if p.partialSince == 0 && p.watch.Partial() {
		p.partialSince = max(p.clock, 1)
		p.log.Warn("deciding without the zones or activations that the store has lost; this is decided again when they are back",
			"since", alerting.Time(p.partialSince))
	}
}

// decidedPartially returns since when the checkpoint was decided with a partial view, if the view is whole now; 0
// otherwise.
func (p *Partition) decidedPartially(stored *alerting.Checkpoint) int64 {
	if stored == nil || p.watch.Partial() {
		return 0
	}
	at, err := parsePosition(stored.Meta)
	if err != nil {
		return 0 // restoring it says so
	}
	return at.partialSince
}
