package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cordon/alerting"
	"cordon/ingest"
)

// stood is a town in whose partition two tags have been decided and checkpointed: one has been inside and left, the other
// is still inside.
func stood(t *testing.T) (*town, time.Time) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now.Add(-12*time.Hour), outside) // before the hour of the window that only restores tracks is over
	c.ping(0, "tag-1", now, inside)
	c.ping(0, "tag-2", now.Add(time.Second), inside)
	c.ping(0, "tag-1", now.Add(2*time.Second), outside)
	c.work(t, 0)
	return c, now
}

func TestTakeOver_setsACheckpointAsideThatCannotBeReadAndDecidesTheWindowAgain(t *testing.T) {
	for damage, do := range map[string]func(s *fakeStore){
		"no position":                     func(s *fakeStore) { s.stored.Meta = nil },
		"a damaged position":              func(s *fakeStore) { s.stored.Meta = []byte{0x0b, 0xff} },
		"a damaged tag":                   func(s *fakeStore) { s.stored.Tags["tag-2"] = []byte("noise") },
		"an empty tag":                    func(s *fakeStore) { s.stored.Tags["tag-2"] = nil },
		"a tag of a version nobody knows": func(s *fakeStore) { s.stored.Tags["tag-2"] = []byte{0, 3, 0, 0, 0, 0} },
		"what the store does not take for a checkpoint": func(s *fakeStore) {
			s.stored, s.aside = nil, alerting.SetAside{Key: "aside:5", At: 5}
		},
	} {
		t.Run(damage, func(t *testing.T) {
			c, now := stood(t)
			first := c.ids(t)
			do(c.store)
			c.ping(0, "tag-2", now.Add(3*time.Second), outside)
			p, _ := c.work(t, 0)
			all := c.alerts.alerts(t)[len(first):]
			want := []alerting.Kind{alerting.SystemFault, alerting.Breach, alerting.Breach, alerting.BreachEnded, alerting.BreachEnded, alerting.SystemRestored}
			if got := kinds(all); !slices.Equal(got, want) {
				t.Fatalf("alerts %v, want %v", got, want)
			}
			if again := c.ids(t)[len(first)+1 : len(first)+4]; !slices.Equal(again, first) {
				t.Errorf("said again %v of %v", again, first)
			}
			for i, want := range []string{"", "true", "true", "true", "", ""} {
				if got := c.alerts.header(len(first)+i, "cordon-rebuilt"); got != want {
					t.Errorf("%s: cordon-rebuilt %q, want %q", all[i].Kind, got, want)
				}
			}
			fault, end := all[0], all[len(all)-1]
			if fault.Part != "pings/0/checkpoint_set_aside" || fault.Reason != alerting.CheckpointSetAside || fault.Severity != "serious" ||
				!strings.Contains(fault.Detail, "aside:5") || end.EpisodeID != fault.EpisodeID {
				t.Errorf("fault %+v, ended by %+v", fault, end)
			}
			if n := testutil.ToFloat64(c.options.Metrics.setAside); n != 1 || len(p.faults) != 0 || len(c.store.stored.Tags) != 2 {
				t.Errorf("cordon_checkpoints_set_aside_total %g, %d faults open, %d tags stored", n, len(p.faults), len(c.store.stored.Tags))
			}
		})
	}
}

// The fault is raised once and ended once, whether the processor ends before its first checkpoint or after it.
func TestTakeOver_aFaultOfACheckpointSetAsideOutlivesItsOwner(t *testing.T) {
	for _, checkpointed := range []bool{false, true} {
		t.Run(fmt.Sprint(checkpointed), func(t *testing.T) {
			c, _ := stood(t)
			said := len(c.ids(t))
			c.store.stored.Meta = nil
			p, next, _, err := takeOver(t.Context(), &c.options, c.logs[0], 0)
			if err != nil {
				t.Fatal(err)
			}
			if checkpointed {
				some := ingest.Fetched{Records: c.logs[0].records[:2], Next: 2, HighWatermark: 4}
				if err := p.Handle(t.Context(), &some); err != nil {
					t.Fatal(err)
				}
				if err := c.checkpoint(t, p, next+2); err != nil {
					t.Fatal(err)
				}
			}
			p, _ = c.work(t, 0)
			var got []alerting.Alert
			for _, a := range c.alerts.alerts(t)[said:] {
				if a.Kind == alerting.SystemFault || a.Kind == alerting.SystemRestored {
					got = append(got, a)
				}
			}
			if !slices.Equal(kinds(got), []alerting.Kind{alerting.SystemFault, alerting.SystemRestored}) || got[0].EpisodeID != got[1].EpisodeID || len(p.faults) > 0 {
				t.Errorf("alerts %v, %d faults open", kinds(got), len(p.faults))
			}
		})
	}
}

func TestHandle_tellsOfAKeySetAsideForWhichNothingIsDecidedAgain(t *testing.T) {
	c, now := stood(t)
	said := len(c.ids(t))
	c.store.asides = []alerting.SetAside{{Key: "homes:7", At: 7, Partition: -1}}
	c.ping(0, "tag-1", now.Add(time.Minute), outside)
	c.work(t, 0)
	alerts := c.alerts.alerts(t)[said:]
	if got := kinds(alerts); !slices.Equal(got, []alerting.Kind{alerting.SystemFault, alerting.SystemRestored}) || !strings.Contains(alerts[0].Detail, "homes:7") {
		t.Errorf("alerts %v", alerts)
	}
	if n := testutil.ToFloat64(c.options.Metrics.setAside); n != 1 {
		t.Errorf("cordon_checkpoints_set_aside_total %g", n)
	}
}

func TestTakeOver_tellsTheStoreTheGroupsOffset(t *testing.T) {
	c, _ := stood(t)
	if c.store.took != -1 {
		t.Errorf("at first %d", c.store.took)
	}
	if c.work(t, 0); c.store.took != 4 {
		t.Errorf("then %d", c.store.took)
	}
}
