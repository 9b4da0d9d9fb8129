package pipeline

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"

	"cordon/alerting"
)

// setAsidePart names the fault of an unreadable checkpoint among the faults of a partition.
const setAsidePart = string(alerting.CheckpointSetAside)

// errUnreadable is returned for a checkpoint that cannot be read. One unreadable tag is enough: without its state the
// partition would decide about that tag as if it were new.
var errUnreadable = errors.New("pipeline: checkpoint unreadable")

// errForeign is logged for a checkpoint that the store itself has set aside.
var errForeign = errors.New("pipeline: the stored checkpoint was not written by a processor")

// putAside sets the checkpoint aside in the store. It returns the zero value if the partition has a newer owner or the store
// has lost the checkpoint; the next write of a checkpoint reports that.
func (p *Partition) putAside(ctx context.Context) (a alerting.SetAside, err error) {
	err = retry(ctx, p.log, p.progress, "Redis, to set a checkpoint aside that cannot be read", func() (err error) {
		a, err = p.lease.SetAside(ctx)
		if errors.Is(err, alerting.ErrFenced) || errors.Is(err, alerting.ErrLost) {
			return nil
		}
		return err
	})
	return a, err
}

// noteUnreadable counts and logs a checkpoint that was set aside, if there is one. raiseUnreadable raises the fault later,
// once the open faults have been read from the alerts.
func (p *Partition) noteUnreadable(a alerting.SetAside, why error) {
	if a.Key == "" {
		return
	}
	p.aside = a
	p.o.Metrics.setAside.Inc()
	p.log.Error("the checkpoint cannot be read and was set aside: deciding the window again", "key", a.Key, "err", why)
}

// raiseUnreadable raises the fault of a checkpoint that was set aside. It is serious and not critical: every ping of the
// window is decided again, so alerts are late but none is lost. The fault ends at the end of the log.
func (p *Partition) raiseUnreadable() {
	if p.aside.Key == "" {
		return
	}
	p.raiseFault(p.faultOf(p.aside, "the window is decided again and alerts are late until then"), p.aside.At)
}

// faultOf returns a fault that opens when the store set the key aside. The store keeps that time, so a repeat has the same
// ids. The hash of the key distinguishes two keys of the same millisecond.
func (p *Partition) faultOf(a alerting.SetAside, meaning string) alerting.Fault {
	what := fmt.Sprintf("partition %d", p.number)
	if a.Partition < 0 {
		what = "all partitions together"
	}
	name := fnv.New64a()
	name.Write([]byte(a.Key))
	return alerting.Fault{
		Part: p.part(setAsidePart), Reason: alerting.CheckpointSetAside, Opened: a.At, Seq: name.Sum64(),
		Detail: fmt.Sprintf("the checkpoint of %s in Redis could not be read: %s; it is kept for 7 days as the key %s: find out what wrote it",
			what, meaning, a.Key),
	}
}

// caughtUp ends the fault of an unreadable checkpoint. It is called when the end of the log is reached.
func (p *Partition) caughtUp() {
	if p.hasFault(p.part(setAsidePart)) {
		p.leaveMode()
		p.endFault(p.part(setAsidePart), max(p.clock, p.aside.At))
	}
}

// leaveMode collects the alerts decided so far under the current mode, so that the next alert is not marked as a repeat.
func (p *Partition) leaveMode() {
	p.collect()
	p.mode = mode{}
}

// noteAsides counts, logs and reports keys that were set aside although their content is still in memory: the state of a
// partition with an owner, and what the partitions share. Both are written again. The fault is over at once. None is raised
// while the fault of an unreadable checkpoint is open.
func (p *Partition) noteAsides() {
	for _, a := range p.o.Checkpoints.Asides(p.number) {
		p.o.Metrics.setAside.Inc()
		p.log.Error("a key in Redis could not be read and was set aside: it is written again", "key", a.Key)
		if !p.hasFault(p.part(setAsidePart)) {
			p.leaveMode()
			p.noteFault(p.faultOf(a, "it was written again from memory, no ping had to be decided again"), a.At)
		}
	}
}

// logOld logs what became of a checkpoint without a group.
func logOld(log *slog.Logger, old alerting.OldCheckpoint) {
	switch old {
	case alerting.Adopted:
		log.Info("checkpoint of a version without groups taken for this group")
	case alerting.LeftAlone:
		log.Warn("a checkpoint of a version without groups may belong to another group: left alone")
	}
}
