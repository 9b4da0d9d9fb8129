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
// partition would judge that tag as if it were new.
var errUnreadable = errors.New("pipeline: checkpoint unreadable")

// errForeign is logged for a checkpoint that the store itself has set aside.
var errForeign = errors.New("pipeline: what is stored was not written by a processor")

// putAside sets the checkpoint aside in the store. It returns nothing if the partition has a newer owner or the store has lost
// the checkpoint: the next write of a checkpoint finds that out.
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

// noteUnreadable counts and logs a checkpoint that was set aside, if one was. raiseUnreadable raises the fault once the open
// faults have been read from the alerts.
func (p *Partition) noteUnreadable(a alerting.SetAside, why error) {
	if a.Key == "" {
		return
	}
	p.aside = a
	p.o.Metrics.setAside.Inc()
	p.log.Error("the checkpoint cannot be read and was set aside: deciding the window again", "key", a.Key, "err", why)
}

// raiseUnreadable raises the fault of a checkpoint that was set aside. It is serious and not critical: every ping of the window
// is decided again, so alerts are late and none is lost. The fault ends at the end of the log.
func (p *Partition) raiseUnreadable() {
	if p.aside.Key == "" {
		return
	}
	p.raiseFault(p.faultOf(p.aside, "the window is decided again, until then alerts are late"), p.aside.At)
}

// faultOf opens at the time at which the store set the key aside, which it keeps, so that a repeat has the same ids. The key
// tells two of the same millisecond apart.
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

// caughtUp ends the fault that lasts until the end of the log is reached.
func (p *Partition) caughtUp() {
	if p.hasFault(p.part(setAsidePart)) {
		p.leaveMode()
		p.endFault(p.part(setAsidePart), max(p.clock, p.aside.At))
	}
}

// leaveMode takes the alerts decided so far under their mode, so that the next one is not marked as a repeat.
func (p *Partition) leaveMode() {
	p.collect()
	p.mode = mode{}
}

// noteAsides counts, logs and reports keys that were set aside while their content is still known: the state of a partition
// with an owner is written anew from memory, and what the partitions share is written again. The fault is over at once. While
// the fault of an unreadable checkpoint is open, none is raised.
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

// logOld logs what became of a checkpoint without a group.
func logOld(log *slog.Logger, old alerting.OldCheckpoint) {
	switch old {
	case alerting.Adopted:
		log.Info("checkpoint of a version without groups taken for this group")
	case alerting.LeftAlone:
		log.Warn("there is a checkpoint of a version without groups that is not known to be this group's: left alone")
	}
}
