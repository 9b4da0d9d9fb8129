package scenario

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"cordon/alerting"
	"cordon/ingest"
)

var monday = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

func midsize() Config {
	return Config{Seed: 3, Tags: 250, Pings: 60_000, Partitions: 8, Start: monday}
}

// produced is a scenario as it would be read back from the topic.
type produced struct {
	Input
	what map[At]string
}

func produce(t testing.TB, c Config) produced {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	parts := make([][]ingest.Record, c.Partitions)
	p := produced{what: map[At]string{}}
	var last int64
	for r := range s.Records(Planned) {
		at := At{r.Partition, int64(len(parts[r.Partition]))}
		p.what[at] = r.What
		parts[r.Partition] = append(parts[r.Partition], ingest.Record{
			Partition: r.Partition, Offset: at.Offset, Appended: r.Appended, Key: r.Key, Value: r.Value, Headers: r.Headers,
		})
		last = max(last, r.Appended)
	}
	for n, list := range parts {
		p.Partitions = append(p.Partitions, Partition{n, slices.Values(list)})
	}
	p.Zones, p.Register = s.history(t)
	p.Until = last + 30*minute
	return p
}

// history is what the stores would hold when every change is in force at its planned time.
func (s *Scenario) history(t testing.TB) (zones, register []Revision) {
	t.Helper()
	numbers := map[string]uint64{}
	put := func(list *[]Revision, id string, at int64, doc []byte) {
		numbers[id]++
		*list = append(*list, Revision{ID: id, Number: numbers[id], Updated: at, Doc: doc})
	}
	load := func(i Import, at int64) {
		for id, doc := range features(t, i.Zones) {
			put(&zones, id, at, doc)
		}
		for _, id := range i.Withdraw {
			put(&zones, id, at, nil)
		}
		for line := range strings.Lines(string(i.Register)) {
			var a struct {
				ID string `json:"activation_id"`
			}
			if err := json.Unmarshal([]byte(line), &a); err != nil {
				t.Fatal(err)
			}
			put(&register, a.ID, at, []byte(line))
		}
		for _, id := range i.Delete {
			put(&register, id, at, nil)
		}
	}
	load(Import{Zones: s.Zones(), Register: s.Register()}, s.config.start()-5*day)
	for _, c := range s.Changes() {
		load(c.Import(c.At), c.At.UnixMilli())
	}
	return zones, register
}

func features(t testing.TB, collection []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		if collection == nil {
			return
		}
		var c struct{ Features []json.RawMessage }
		if err := json.Unmarshal(collection, &c); err != nil {
			t.Fatal(err)
		}
		for _, f := range c.Features {
			var named struct{ ID string }
			if err := json.Unmarshal(f, &named); err != nil {
				t.Fatal(err)
			}
			if !yield(named.ID, f) {
				return
			}
		}
	}
}

func TestScenario_sameSeedSameBytes(t *testing.T) {
	sum := func(seed uint64) string {
		c := midsize()
		c.Seed, c.Pings = seed, 20_000
		s, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		h.Write(s.Zones())
		h.Write(s.Register())
		for _, change := range s.Changes() {
			_, _ = fmt.Fprintf(h, "%v", change.Import(change.At))
		}
		for range 2 { // asked for twice, the records are the same
			for r := range s.Records(Planned) {
				_, _ = fmt.Fprintf(h, "%d %d %d %s %v", r.Partition, r.Appended, r.Barrier, r.Value, r.Headers)
			}
		}
		return fmt.Sprintf("%x", h.Sum(nil))
	}
	first := sum(1)
	if first != sum(1) {
		t.Error("the same seed gave other bytes")
	}
	if first == sum(2) {
		t.Error("another seed gave the same bytes")
	}
}

func TestScenario_hasSomethingOfEverything(t *testing.T) {
	p := produce(t, midsize())
	out, err := Decide(p.Input)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, what := range p.what {
		seen[what]++
	}
	for _, a := range out.Alerts {
		track := "live"
		if a.Retrospective {
			track = "past"
		}
		seen[fmt.Sprintf("%s %s %s", track, a.Kind, a.Reason)]++
	}
	t.Logf("%v %+v, %d open", seen, out.Counts, len(out.Open))
	want := slices.Clone(RecordKinds)
	for _, r := range ingest.Reasons {
		want = append(want, "broken:"+string(r))
		if out.Counts.Rejected[r] == 0 {
			t.Errorf("no reject %s", r)
		}
	}
	for _, reason := range []alerting.Reason{
		alerting.Left, alerting.Returned, alerting.ZoneWithdrawn, alerting.ZoneChanged, alerting.ScheduleEnded,
	} {
		want = append(want, "live breach_ended "+string(reason), "past breach_ended "+string(reason))
	}
	want = append(want, "live breach inside", "live breach outside", "past breach inside", "past breach outside",
		"live breach_ended tag_removed", "live breach_ended tag_assigned", "past breach_ended history_ends")
	for _, what := range want {
		if seen[what] == 0 {
			t.Errorf("no %q", what)
		}
	}
	if c := out.Counts; c.Accepted == 0 || c.Duplicate == 0 || c.Late == 0 || c.Split == 0 || c.Status == 0 || len(out.Open) == 0 {
		t.Errorf("counts: %+v, %d open", c, len(out.Open))
	}
}

// What was broken on purpose is rejected for the reason meant, and nothing else is.
func TestScenario_rejectsAreThoseMeant(t *testing.T) {
	p := produce(t, midsize())
	out, err := Decide(p.Input)
	if err != nil {
		t.Fatal(err)
	}
	for at, what := range p.what {
		meant, broken := strings.CutPrefix(what, "broken:")
		if !broken {
			meant = ""
		}
		if got := out.Rejects[at]; string(got) != meant {
			t.Errorf("record %v (%s) is rejected for %q", at, what, got)
		}
	}
}

func TestScenario_fixTimesFollowTheClock(t *testing.T) {
	c := midsize()
	c.Pings, c.Changes = 2000, -1
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	const drift = 12_345
	later := func(planned int64) int64 { return planned + drift }
	next, stop := iter.Pull(s.Records(Planned))
	defer stop()
	compared, limits := 0, defaultLimits(t)
	for r := range s.Records(later) {
		planned, _ := next()
		a, reason := decode(ingest.Record{Value: r.Value, Headers: r.Headers, Appended: r.Appended}, limits)
		b, _ := decode(ingest.Record{Value: planned.Value, Headers: planned.Headers, Appended: planned.Appended}, limits)
		if reason != "" {
			continue
		}
		compared++
		if r.Appended-planned.Appended != drift || a.fix-b.fix != drift {
			t.Fatalf("appended %d later, fix %d later", r.Appended-planned.Appended, a.fix-b.fix)
		}
	}
	if compared < 1000 {
		t.Errorf("only %d records could be compared", compared)
	}
}

func defaultLimits(t testing.TB) Params {
	t.Helper()
	p, err := Params{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPartitionOf_placesKeysAsKafkaGosMurmur2Balancer(t *testing.T) {
	partitions := []int{0, 1, 2, 3, 4, 5, 6, 7}
	for i := range 200 {
		key := []byte(fmt.Sprintf("tag-%d", i*i*i))
		if want := (kafka.Murmur2Balancer{}).Balance(kafka.Message{Key: key}, partitions...); partitionOf(key, 8) != want {
			t.Errorf("%s is in partition %d, want %d", key, partitionOf(key, 8), want)
		}
	}
}
