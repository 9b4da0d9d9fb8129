package redisindex

import (
	"fmt"
	"iter"

	"cordon/geofence"
)

// judge says what forbids taking anything from a store that stands at st, and what to do; "" if nothing does.
func (f *Follower) judge(st state) string {
	if f.view.Load() == nil {
		return f.judgeFirst(st)
	}
	restore := f.restoreIt()
	if st.identity == "" {
		return "the store in Redis is empty; " + restore + ", or import into it and start again with `process --accept-store ID`"
	}
	if st.identity != f.at.identity {
		return fmt.Sprintf("the store in Redis is another one (%s); %s, or take the other one with `process --accept-store %[1]s`", st.identity, restore)
	}
	for _, k := range []kind{zones, register} {
		if !st.published(k) {
			return fmt.Sprintf("the store in Redis has no %s any more; %s", k.command(), restore)
		}
		if st.kinds[k] < f.at.kinds[k] {
			return fmt.Sprintf("the store in Redis is older than what was seen of it (%s at revision %d, %d was seen); %s",
				k.command(), st.kinds[k], f.at.kinds[k], restore)
		}
	}
	if st.revision < f.at.revision {
		return fmt.Sprintf("the store in Redis is older than what was seen of it (revision %d, %d was seen); %s", st.revision, f.at.revision, restore)
	}
	return ""
}

func (f *Follower) restoreIt() string {
	return fmt.Sprintf("the zones and register of %s keep serving: put them back with `cordon zones import --restore FILE` and "+
		"`cordon wearers import --restore FILE`", f.at.identity)
}

// judgeHoldings finds what the store has lost although its revision does not tell: it came back older and was then
// imported into. Whatever the view serves must be there still, or have been superseded.
func (f *Follower) judgeHoldings(z holdings[geofence.ZoneRevision], a holdings[geofence.ActivationRevision]) string {
	view := f.view.Load()
	if view == nil {
		return ""
	}
	what := lost(zoneRevisions(), z, view.AllZones())
	if what == "" {
		what = lost(activationRevisions(), a, view.AllActivations())
	}
	if what == "" {
		return ""
	}
	return fmt.Sprintf("the store in Redis has lost what was seen of it (%s); %s, or take it as it is with `process --accept-store %s`",
		what, f.restoreIt(), f.at.identity)
}

// lost names a served revision that is held no longer, nor superseded; "" when there is none.
func lost[R any](c collection[R], h holdings[R], served iter.Seq[R]) string {
	newest := make(map[string]stamp, len(h.sound))
	keep := func(s stamp) {
		if s.number >= newest[s.id].number {
			newest[s.id] = s
		}
	}
	for _, r := range h.sound {
		keep(c.stamp(r))
	}
	for _, r := range h.refused {
		keep(r.stamp)
	}
	for r := range served {
		seen := c.stamp(r)
		if is := newest[seen.id]; is.number < seen.number || is.number == seen.number && is.updated != seen.updated {
			return fmt.Sprintf("%s %q, revision %d", c.kind.one(), seen.id, seen.number)
		}
	}
	return ""
}

func (f *Follower) judgeFirst(st state) string {
	want := f.options.Expect
	if want != "" && st.identity != "" && st.identity != want {
		return fmt.Sprintf("the store in Redis is %s, expected is %s: restore that one (`cordon zones import --restore FILE`, "+
			"`cordon wearers import --restore FILE`), or start with `process --accept-store %[1]s`", st.identity, want)
	}
	missingZones, missingRegister := !st.published(zones), !st.published(register)
	switch {
	case want != "" && st.identity == "":
		return fmt.Sprintf("the store in Redis is empty, expected is %s: restore it with `cordon zones import --restore FILE` and "+
			"`cordon wearers import --restore FILE`", want)
	case missingZones && missingRegister:
		return "no zones and no register imported yet: run `cordon zones import FILE` and `cordon wearers import FILE`"
	case missingZones:
		return "no zones imported yet: run `cordon zones import FILE`"
	case missingRegister:
		return "no register imported yet: run `cordon wearers import FILE`"
	}
	return ""
}
