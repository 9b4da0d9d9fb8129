//go:build system

package system

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
	"cordon/benchmarks/harness"
)

// These are the rows of the table "When something breaks" about a store that has lost what it held.

const (
	zonesKey    = "{cordon}:zones"
	registerKey = "{cordon}:register"
)

// store is a client of the site's Redis.
func (s *site) store() *redis.Client {
	s.t.Helper()
	options, err := redis.ParseURL(s.Redis)
	s.must(err)
	client := redis.NewClient(options)
	s.t.Cleanup(func() { _ = client.Close() })
	return client
}

// publishBoth imports the school, the park and the register, in force also for pings of the last two days, and returns a
// function that restores them.
func (s *site) publishBoth() (restore func()) {
	s.t.Helper()
	s.publish()
	from := time.Now().Add(-48 * time.Hour).UTC().Format(time.RFC3339)
	s.feed(zone("park", 0.02, ""), "zones", "import", "--in-force-from", from, "-")
	zones, wearers := s.cordon("zones", "export", "--history"), s.cordon("wearers", "export", "--history")
	return func() {
		s.t.Helper()
		s.feed(zones, "zones", "import", "--restore", "-")
		s.feed(wearers, "wearers", "import", "--restore", "-")
	}
}

// faults waits until the alerts about the system are the wanted ones, as kind and part in alphabetical order, and returns
// them in that order.
func (s *site) faults(want ...string) []alerting.Alert {
	s.t.Helper()
	got := s.distinct(len(want), harness.OfSystem)
	name := func(a alerting.Alert) string { return string(a.Kind) + " " + a.Part }
	slices.SortStableFunc(got, func(a, b alerting.Alert) int { return strings.Compare(name(a), name(b)) })
	var said []string
	for _, a := range got {
		said = append(said, name(a))
	}
	if strings.Join(said, "; ") != strings.Join(want, "; ") {
		s.t.Fatalf("faults:\ngot  %s\nwant %s", strings.Join(said, "; "), strings.Join(want, "; "))
	}
	return got
}

// untouched fails the test if a processor has decided pings beyond an offset.
func (s *site) untouched(offset int64) {
	s.t.Helper()
	if at, err := s.broker.Committed(s.ctx(), s.Prefix, s.Pings(), 0); err != nil || at != offset {
		s.t.Errorf("decided up to %d, want %d (%v)", at, offset, err)
	}
}

// breachID returns the id of a breach of act-1 at the school under the rule set plain.
func breachID(at time.Time) string {
	return alerting.AlertID(alerting.Breach, "act-1", "school", alerting.Opening{FixTime: at.UnixMilli(), LatE7: 50_000, LonE7: 50_000}, "")
}

func TestLoss_ofAllZonesLeavesARunningProcessorWithThoseItHasAndAStartWaiting(t *testing.T) {
	s := newSite(t, 1)
	restore := s.publishBoth()
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now, street)
	s.drained()
	s.must(s.store().Del(s.ctx(), zonesKey).Err())
	s.problem(p, "lost all its 2 zones")
	raised := s.faults("system_fault zones")[0]
	if raised.Severity != "critical" || raised.Reason != alerting.ZonesMissing || !strings.Contains(raised.Detail, "cordon zones import --restore") {
		t.Errorf("%+v", raised)
	}
	s.ping("tag-1", now.Add(time.Second), inSchool)
	s.says("breach inside school ann") // the zone is in memory
	s.drained()
	if n, err := p.Metric(s.ctx(), `cordon_store_missing{kind="zones"}`); err != nil || n != 2 {
		t.Errorf("cordon_store_missing is %g (%v)", n, err)
	}
	p.Kill()
	next := s.start()
	s.problem(next, "lost all its 2 zones")
	s.ping("tag-1", now.Add(2*time.Second), street)
	if _, err := s.Cordon(s.ctx(), []byte(zone("school", 0, "")), "zones", "import", "-"); err == nil || !strings.Contains(err.Error(), "--accept-loss") {
		t.Errorf("a lost zone was made anew: %v", err)
	}
	s.faults("system_fault zones") // under the same id
	s.untouched(2)
	restore()
	s.must(next.Ready(s.ctx()))
	s.says("breach inside school ann", "breach_ended left school ann")
	if ended := s.faults("system_fault zones", "system_restored zones"); ended[0].EpisodeID != ended[1].EpisodeID {
		t.Error("the fault did not end under its own id")
	}
}

func TestLoss_ofOneZoneIsWorkedWithAndDecidedAgainAfterTheRestore(t *testing.T) {
	s := newSite(t, 1)
	restore := s.publishBoth()
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now, street)
	s.ping("tag-2", now, street)
	s.drained()
	s.must(p.Stop(s.ctx()))
	s.must(s.store().HDel(s.ctx(), zonesKey, "school").Err())
	next := s.start()
	s.problem(next, "lost 1 of its 2 zones")
	if raised := s.faults("system_fault zones")[0]; raised.Severity != "critical" || !strings.Contains(raised.Detail, "1 of its 2") {
		t.Errorf("%+v", raised)
	}
	entered := now.Add(time.Second)
	s.ping("tag-1", entered, inSchool)
	s.ping("tag-2", now.Add(time.Second), inPark)
	s.says("breach inside park bob") // who is still protected
	s.drained()
	next.Kill() // what is known of the loss outlives it
	third := s.start()
	s.problem(third, "lost 1 of its 2 zones")
	s.ping("tag-1", now.Add(2*time.Second), street)
	s.drained()
	restore()
	s.must(third.Ready(s.ctx()))
	got := s.says("breach inside park bob", "breach inside school ann", "breach_ended left school ann")
	if got[1].AlertID != breachID(entered) {
		t.Errorf("the breach has the id %s, want %s", got[1].AlertID, breachID(entered))
	}
	s.faults("system_fault zones", "system_restored zones")
	s.drained()
}

func TestLoss_byEvictionIsNoticedAndSuchARedisRefusedAtAStart(t *testing.T) {
	s := newSite(t, 1)
	restore := s.publishBoth()
	p := s.ready("--verify-every", "1s")
	now := time.Now()
	s.ping("tag-1", now, street)
	s.drained()
	store, ctx := s.store(), s.ctx()
	s.must(store.ConfigSet(ctx, "maxmemory-policy", "allkeys-lru").Err())
	s.problem(p, "maxmemory-policy is allkeys-lru")
	s.must(store.ConfigSet(ctx, "maxmemory", "3mb").Err())
	filler := strings.Repeat("x", 10_000)
	for i := 0; store.Exists(ctx, zonesKey).Val() > 0; i++ {
		s.must(store.Set(ctx, fmt.Sprintf("filler:%d", i), filler, 0).Err())
	}
	s.problem(p, "zones")
	s.ping("tag-1", now.Add(time.Second), inSchool)
	s.says("breach inside school ann")
	p.Kill()
	words, code, err := s.exits()
	if err != nil || code != 1 || !strings.Contains(words, "noeviction") || !strings.Contains(words, "--allow-eviction") {
		t.Fatalf("it starts, or does not say why: exit %d, %v: %s", code, err, words)
	}
	s.must(store.ConfigSet(ctx, "maxmemory-policy", "noeviction").Err())
	s.must(store.ConfigSet(ctx, "maxmemory", "0").Err())
	next := s.start()
	s.problem(next, "restore")
	restore()
	s.ping("tag-1", now.Add(2*time.Second), street)
	s.must(next.Ready(s.ctx()))
	s.says("breach inside school ann", "breach_ended left school ann")
}

func TestLoss_ofTheRegisterLeavesARunningProcessorWithTheOneItHasAndAStartWaiting(t *testing.T) {
	s := newSite(t, 1)
	restore := s.publishBoth()
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now, street)
	s.drained()
	s.must(s.store().Del(s.ctx(), registerKey, registerKey+":tags").Err())
	s.problem(p, "lost all its 2 activations")
	s.ping("tag-1", now.Add(time.Second), inSchool)
	s.says("breach inside school ann") // not unassigned:tag-1
	s.drained()
	p.Kill()
	next := s.start()
	s.problem(next, "cordon wearers import --restore")
	s.ping("tag-1", now.Add(2*time.Second), street)
	s.faults("system_fault register")
	s.untouched(2)
	restore()
	s.must(next.Ready(s.ctx()))
	s.says("breach inside school ann", "breach_ended left school ann")
	s.faults("system_fault register", "system_restored register")
}

func TestLoss_ofEverythingIsAlertedThoughNoProcessorWasAtWork(t *testing.T) {
	s := newSite(t, 1)
	restore := s.publishBoth()
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now, street)
	s.drained()
	s.must(p.Stop(s.ctx()))
	s.must(s.store().FlushAll(s.ctx()).Err())
	s.ping("tag-1", now.Add(time.Second), inSchool)
	first, second := s.start(), s.start()
	s.problem(first, "has decided pings before")
	s.problem(second, "has decided pings before")
	for _, a := range s.faults("system_fault register", "system_fault zones") {
		if a.Severity != "critical" || int64(*a.OpenedFixTime) != now.UnixMilli() {
			t.Errorf("%+v", a)
		}
	}
	s.untouched(1)
	restore()
	s.must(first.Ready(s.ctx()))
	s.must(second.Ready(s.ctx()))
	s.says("breach inside school ann")
	got := s.distinct(4, harness.OfSystem)
	if len(got) != 4 {
		t.Errorf("%d alerts about the system", len(got))
	}
}

func TestLoss_aZoneThatCannotBeReadAtAStartIsNamed(t *testing.T) {
	s := newSite(t, 1)
	restore := s.publishBoth()
	store := s.store()
	text, err := store.HGet(s.ctx(), zonesKey, "school").Bytes()
	s.must(err)
	text[len(text)-20] ^= 4
	s.must(store.HSet(s.ctx(), zonesKey, "school", text).Err())
	p := s.start()
	s.problem(p, `zone "school" in the store cannot be read`)
	if n, err := p.Metric(s.ctx(), "cordon_zones_not_enforced"); err != nil || n != 1 {
		t.Errorf("cordon_zones_not_enforced is %g (%v)", n, err)
	}
	s.ping("tag-1", time.Now(), inPark)
	s.says("breach inside park ann")
	found := false
	for _, a := range s.distinct(2, harness.OfSystem) {
		if a.Reason == alerting.ZoneUnreadable {
			found = a.Severity == "critical" && a.Part == "zones/school" && strings.Contains(a.Detail, `"school"`)
		}
	}
	if !found {
		t.Error("no alert about the zone")
	}
	restore()
	s.must(p.Ready(s.ctx()))
	s.distinct(4, harness.OfSystem)
}

func TestLoss_acceptedMakesWhatIsLeftAndTheFileAllThereIs(t *testing.T) {
	s := newSite(t, 1)
	s.publishBoth()
	p := s.ready()
	s.must(s.store().HDel(s.ctx(), zonesKey, "school", "park").Err())
	s.problem(p, "lost all its 2 zones")
	s.feed(zone("school", 0, ""), "zones", "import", "--accept-loss", "-")
	s.must(p.Ready(s.ctx()))
	now := time.Now()
	s.ping("tag-1", now, inPark) // it is gone now
	s.ping("tag-1", now.Add(time.Second), inSchool)
	s.says("breach inside school ann")
	s.faults("system_fault zones", "system_restored zones")
}

func TestLoss_aRedisThatMayEvictIsRefused(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	s.must(s.store().ConfigSet(s.ctx(), "maxmemory-policy", "volatile-ttl").Err())
	words, code, err := s.exits()
	if err != nil || code != 1 || !strings.Contains(words, "volatile-ttl") || !strings.Contains(words, "noeviction") {
		t.Fatalf("exit %d, %v: %s", code, err, words)
	}
	s.ready("--allow-eviction")
}

func TestLoss_cannotBecomeTheOnlyExport(t *testing.T) {
	s := newSite(t, 1)
	s.publishBoth()
	s.must(s.store().HDel(s.ctx(), zonesKey, "school").Err())
	for _, args := range [][]string{{"zones", "export"}, {"zones", "export", "--history"}} {
		if out, err := s.Cordon(s.ctx(), nil, args...); err == nil || out != "" || !strings.Contains(err.Error(), "--damaged") {
			t.Errorf("%v: %q, %v", args, out, err)
		}
	}
	if out := s.cordon("zones", "export", "--damaged"); !strings.Contains(out, "park") {
		t.Errorf("exported: %s", out)
	}
	out, err := exec.CommandContext(s.ctx(), s.Binary, "zones", "list", "--redis-url", s.Redis).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "lost 1 of its 2 zones") {
		t.Errorf("listed: %s (%v)", out, err)
	}
}
