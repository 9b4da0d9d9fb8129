package pipeline

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"

	"cordon/alerting"
)

// setAsidePart is the part of the fault that a checkpoint cannot be read.
const setAsidePart = string(alerting.CheckpointSetAside)

// errUnreadable is returned for a checkpoint of which a part cannot be read. All of it is set aside then: a partition that
// goes on without one of its tags would judge that tag as if it were new.
var errUnreadable = errors.New("pipeline: checkpoint unreadable")

// errForeign says why the store itself has set something aside.
var errForeign = errors.New("pipeline: what is stored was not written by a processor")

// putAside has the store set the checkpoint aside. What is no longer there, or no longer ours, is left to the next write of a
// checkpoint to tell.
func (p *Partition) putAside(ctx context.Context) (a alerting.SetAside, err error) {
	err = retry(ctx, p.log, "Redis, to set a checkpoint aside that cannot be read", func() (err error) {
		a, err = p.lease.SetAside(ctx)
		if errors.Is(err, alerting.ErrFenced) || errors.Is(err, alerting.ErrLost) {
			return nil
		}
		return err
	})
	return a, err
}

// noteUnreadable takes note of a checkpoint that was set aside, if one was. The fault is raised as soon as it is known which
// are open; see raiseUnreadable.
func (p *Partition) noteUnreadable(a alerting.SetAside, why error) {
	if a.Key == "" {
		return
	}
	p.aside = a
	p.o.Metrics.setAside.Inc()
	p.log.Error("the checkpoint cannot be read and was set aside: deciding the window again", "key", a.Key, "err", why)
}

// raiseUnreadable raises the fault of a checkpoint that was set aside. It is serious and not critical: every ping of the
// window is decided again, so that what there is to say is late, but is said. It ends when the end of the log is reached.
func (p *Partition) raiseUnreadable() {
	if p.aside.Key == "" {
		return
	}
	p.raiseFault(p.faultOf(p.aside, "the window is decided again, until then alerts are late"), p.aside.At)
}

// faultOf is opened by when the store set something aside, and told apart from another of that time by the key.
func (p *Partition) faultOf(a alerting.SetAside, meaning string) alerting.Fault {
	what := fmt.Sprintf("partition %d", p.number)
	if a.Partition < 0 {
		what = "the partitions together"
	}
	name := fnv.New64a()
	name.Write([]byte(a.Key))
	return alerting.Fault{
		Part: p.part(setAsidePart), Reason: alerting.CheckpointSetAside, Opened: a.At, Seq: name.Sum64(),
		Detail: fmt.Sprintf("what Redis held of %s could not be read: %s; it is kept for 7 days as the key %s: find out what wrote it",
			what, meaning, a.Key),
	}
}

// caughtUp ends what lasts until the end of the log is reached.
func (p *Partition) caughtUp() {
	if p.hasFault(p.part(setAsidePart)) {
		p.leaveMode()
		p.endFault(p.part(setAsidePart), max(p.clock, p.aside.At))
	}
}

// leaveMode lets what is said next be said for the first time, though the records at hand have been decided before.
func (p *Partition) leaveMode() {
	p.collect()
	p.mode = mode{}
}

// noteAsides tells of what was set aside without anything having to be decided again: the state was written anew from
// memory, or what the partitions share begins anew. While a fault of the part is open it is only logged and counted.
func (p *Partition) noteAsides() {
	for _, a := range p.o.Checkpoints.Asides(p.number) {
		p.o.Metrics.setAside.Inc()
		p.log.Error("a key in Redis could not be read and was set aside: it is written anew", "key", a.Key)
		if !p.hasFault(p.part(setAsidePart)) {
			p.leaveMode()
			p.noteFault(p.faultOf(a, "it was written anew, nothing had to be decided again"), a.At)
		}
	}
}

// sayOld logs what became of a checkpoint without a group.
func sayOld(log *slog.Logger, old alerting.OldCheckpoint) {
	switch old {
	case alerting.Adopted:
		log.Info("checkpoint of a version without groups taken for this group")
	case alerting.LeftAlone:
		log.Warn("there is a checkpoint of a version without groups that is not known to be this group's: left alone")
	}
}
