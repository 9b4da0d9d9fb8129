package harness

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"cordon/alerting"
	"cordon/benchmarks/scenario"
)

// Fault is what is expected of the system faults of one part and reason.
type Fault struct {
	Part        string // names the part, or begins its name where it ends in *
	Reason      alerting.Reason
	Least, Most int  // different ones
	Lasts       bool // it may be open at the end
}

func (f *Fault) fits(a *alerting.Alert) bool {
	begin, any := strings.CutSuffix(f.Part, "*")
	return a.Reason == f.Reason && (a.Part == f.Part || any && strings.HasPrefix(a.Part, begin))
}

// OfSystem reports whether an alert is about the system as a whole, and not about the pings of one partition.
func OfSystem(a *alerting.Alert) bool { return a.Part != "" && !strings.HasPrefix(a.Part, "pings/") }

// SetAside expects a fault for each batch that is too large when it is unpacked.
func SetAside(batches map[scenario.At]bool) []Fault {
	return perPartition(maps.Keys(batches), alerting.BatchSetAside, func(n int) (least, most int) { return n, n })
}

// Future expects at least one fault for each partition in which records were rejected whose timestamp lies ahead: one
// may stand for many, and a quarter of an hour without another must pass before it ends.
func Future(records map[scenario.At]bool) []Fault {
	all := perPartition(maps.Keys(records), alerting.FutureRecords, func(n int) (least, most int) { return 1, n })
	for i := range all {
		all[i].Lasts = true
	}
	return all
}

func perPartition(of iter.Seq[scenario.At], reason alerting.Reason, bounds func(n int) (least, most int)) []Fault {
	count := map[int]int{}
	for at := range of {
		count[at.Partition]++
	}
	var all []Fault
	for _, p := range slices.Sorted(maps.Keys(count)) {
		least, most := bounds(count[p])
		all = append(all, Fault{Part: fmt.Sprintf("pings/%d/*", p), Reason: reason, Least: least, Most: most})
	}
	return all
}

// judgeFaults compares system alerts with what is expected. Each fault must have its end, unless it may last: everything
// that was broken was mended.
func judgeFaults(got []alerting.Alert, expected []Fault) []string {
	var differences []string
	opened, ended := map[string]*alerting.Alert{}, map[string]bool{}
	for i := range got {
		a := &got[i]
		if a.Kind == alerting.SystemRestored {
			ended[a.EpisodeID] = true
		} else {
			opened[a.EpisodeID] = a
		}
	}
	found := make([]int, len(expected))
	for _, id := range slices.Sorted(maps.Keys(opened)) {
		a := opened[id]
		i := slices.IndexFunc(expected, func(f Fault) bool { return f.fits(a) })
		if i < 0 {
			differences = append(differences, fmt.Sprintf("nothing was done that explains the system fault %s of %s: %s", a.Reason, a.Part, a.Detail))
			continue
		}
		found[i]++
		if !ended[id] && !expected[i].Lasts {
			differences = append(differences, fmt.Sprintf("the system fault %s of %s is open at the end: %s", a.Reason, a.Part, a.Detail))
		}
	}
	for id := range ended {
		if opened[id] == nil {
			differences = append(differences, "a system fault ended that was never raised: "+id)
		}
	}
	for i, f := range expected {
		if found[i] < f.Least || found[i] > f.Most {
			differences = append(differences, fmt.Sprintf("%d system faults %s of %s, want %d to %d", found[i], f.Reason, f.Part, f.Least, f.Most))
		}
	}
	return differences
}
