package pipeline

import (
	"slices"
	"strconv"

	"cordon/alerting"
)

// part names a part of the system that belongs to this partition: pings/3/what.
func (p *Partition) part(what string) string { return p.partPrefix() + what }

func (p *Partition) partPrefix() string { return "pings/" + strconv.Itoa(p.number) + "/" }

// raiseFault raises a system_fault, decided at an instant (ms), unless one of its part is open. It stays open until
// endFault, even across takeovers.
func (p *Partition) raiseFault(f alerting.Fault, decided int64) {
	if p.hasFault(f.Part) {
		return
	}
	p.faults = append(p.faults, f)
	p.say(f.Alert(decided, p.o.Rules))
}

// endFault ends the open fault of a part, if there is one, at an instant (ms).
func (p *Partition) endFault(part string, decided int64) {
	i := slices.IndexFunc(p.faults, func(f alerting.Fault) bool { return f.Part == part })
	if i < 0 {
		return
	}
	p.say(p.faults[i].Restored(decided, p.o.Rules))
	p.faults = slices.Delete(p.faults, i, i+1)
}

// hasFault reports whether a fault of the part is open.
func (p *Partition) hasFault(part string) bool {
	return slices.ContainsFunc(p.faults, func(f alerting.Fault) bool { return f.Part == part })
}

// noteFault raises a fault that is already over, and ends it at an instant (ms).
func (p *Partition) noteFault(f alerting.Fault, decided int64) {
	p.say(f.Alert(decided, p.o.Rules))
	p.say(f.Restored(decided, p.o.Rules))
}

// say adds an alert after those decided so far.
func (p *Partition) say(a *alerting.Alert) {
	if p.collect(); p.mode.quiet {
		return
	}
	p.said = append(p.said, said{alert: a, again: p.mode.again})
}
