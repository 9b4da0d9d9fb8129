package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cordon/alerting"
	"cordon/ingest"
)

// clock is a wall clock that stands until it is set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// clocked makes a town whose processors go by a clock that stands.
func clocked(t testing.TB, partitions int) (*town, *clock) {
	c, w := newTown(t, partitions), &clock{time.Now().Truncate(time.Millisecond)}
	c.options.Now, c.alerts.now, c.rejects.now = w.now, w.now, w.now
	return c, w
}

// stamped appends a ping that was fixed at a time, stamped otherwise.
func (c *town) stamped(partition int, device string, fix, appended time.Time, lon float64) {
	c.logs[partition].append(appended.UnixMilli(), device, fmt.Sprintf(`{"device_id":%q,"fix_time":%q,"lat":0.005,"lon":%g}`,
		device, alerting.Time(fix.UnixMilli()).String(), lon))
}

// read decides everything from an offset on, read now, and returns the offset after it.
func (c *town) read(t testing.TB, p *Partition, next int64) int64 {
	t.Helper()
	for {
		f, err := c.logs[p.number].Fetch(t.Context(), next)
		if err != nil {
			t.Fatal(err)
		}
		f.Read = c.options.now()
		if len(f.Records) > 0 || f.SetAside != nil {
			if err := p.Handle(t.Context(), &f); err != nil {
				t.Fatal(err)
			}
		}
		if next = f.Next; next >= f.HighWatermark {
			return next
		}
	}
}

// own takes a partition over and decides everything that is there.
func (c *town) own(t testing.TB, partition int) (*Partition, int64) {
	t.Helper()
	p, next, _, err := takeOver(t.Context(), &c.options, c.logs[partition], partition)
	if err != nil {
		t.Fatal(err)
	}
	return p, c.read(t, p, next)
}

func TestHandle_aRecordStampedAheadMovesNothing(t *testing.T) {
	c, w := clocked(t, 1)
	c.options.Rules = alerting.DefaultRules()
	c.ping(0, "tag-1", w.at.Add(-time.Minute), outside)
	c.ping(0, "tag-2", w.at, inside)
	c.stamped(0, "tag-3", w.at, w.at.Add(59*time.Minute), inside)
	c.ping(0, "tag-1", w.at, inside)
	p, _ := c.own(t, 0)
	if p.clock != w.at.UnixMilli() {
		t.Errorf("the clock is at %d, want %d", p.clock, w.at.UnixMilli())
	}
	if p.tags["tag-3"] != nil {
		t.Error("the tag is remembered")
	}
	var said []string
	for _, a := range c.alerts.alerts(t) {
		said = append(said, fmt.Sprint(a.Kind, " ", a.DeviceID, " ", a.Reason))
	}
	if want := []string{"unassigned_device tag-1 ", "unassigned_device tag-2 ", "breach_suspected tag-2 inside", "system_fault  future_records", "breach_suspected tag-1 inside"}; len(said) != len(want) {
		t.Errorf("alerts: %q", said)
	}
	if len(c.rejects.messages) != 1 || c.rejects.header(0, "cordon-reason") != "future" || c.rejects.header(0, "cordon-offset") != "2" ||
		c.rejects.header(0, "cordon-appended-time") != alerting.Time(w.at.Add(59*time.Minute).UnixMilli()).String() ||
		c.rejects.header(0, "cordon-read-time") != alerting.Time(w.at.UnixMilli()).String() || len(c.rejects.messages[0].Value) == 0 {
		t.Errorf("rejects: %+v", c.rejects.messages)
	}
	if n := testutil.ToFloat64(c.options.Metrics.rejects[ingest.Future]); n != 1 {
		t.Errorf("counted %g", n)
	}
}

func TestHandle_aRecordIsAheadFromTheLimitOn(t *testing.T) {
	for ahead, want := range map[time.Duration]int{2 * time.Minute: 0, 2*time.Minute + time.Millisecond: 1} {
		c, w := clocked(t, 1)
		c.stamped(0, "tag-1", w.at, w.at.Add(ahead), outside)
		if c.own(t, 0); len(c.rejects.messages) != want {
			t.Errorf("%s ahead: %d rejects", ahead, len(c.rejects.messages))
		}
	}
	c, w := clocked(t, 1)
	c.options.MaxAhead = time.Hour
	c.stamped(0, "tag-1", w.at, w.at.Add(59*time.Minute), outside)
	if c.own(t, 0); len(c.rejects.messages) != 0 {
		t.Errorf("within its own limit: %d rejects", len(c.rejects.messages))
	}
}

func TestHandle_anUnreadableRecordStampedAheadIsRejectedForThat(t *testing.T) {
	c, w := clocked(t, 1)
	c.logs[0].append(w.at.Add(time.Hour).UnixMilli(), "k", "noise")
	if c.own(t, 0); len(c.rejects.messages) != 1 || c.rejects.header(0, "cordon-reason") != "future" {
		t.Errorf("rejects: %+v", c.rejects.messages)
	}
}

func TestPublish_putsWhatWasAheadOnTheBrokerBeforeAnyAlertOfItsStep(t *testing.T) {
	c, w := clocked(t, 1)
	c.ping(0, "tag-1", w.at, inside)
	c.stamped(0, "tag-2", w.at, w.at.Add(time.Hour), inside)
	p, next, _, err := takeOver(t.Context(), &c.options, c.logs[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	c.rejects.refuse = func([]alerting.Message) (int, error) { return 0, errors.New("the broker is away") }
	f, _ := c.logs[0].Fetch(t.Context(), next)
	f.Read = w.at
	ctx, cancel := context.WithCancel(t.Context())
	c.rejects.refuse = func([]alerting.Message) (int, error) { cancel(); return 0, errors.New("the broker is away") }
	if err := p.Handle(ctx, &f); err == nil || len(c.alerts.messages) != 0 {
		t.Errorf("%v, and %d alerts were published before the reject", err, len(c.alerts.messages))
	}
	if p.Checkpoint(f.Next) != nil {
		t.Error("a state was to be written whose reject is not on the broker")
	}
}

func TestCheckpoint_waitsForTheRejectOfARecordAhead(t *testing.T) {
	c, w := clocked(t, 1)
	c.stamped(0, "tag-1", w.at, w.at.Add(time.Hour), outside)
	p, next := c.own(t, 0) // the fault is open: nothing is said of the next one
	c.stamped(0, "tag-1", w.at, w.at.Add(time.Hour), outside)
	f, _ := c.logs[0].Fetch(t.Context(), next)
	f.Read = w.at
	ctx, cancel := context.WithCancel(t.Context())
	c.rejects.refuse = func([]alerting.Message) (int, error) { cancel(); return 0, errors.New("the broker is away") }
	if err := p.Handle(ctx, &f); err == nil || len(p.said) > 0 {
		t.Fatalf("%v, %d alerts wait", err, len(p.said))
	}
	if p.Checkpoint(f.Next) != nil {
		t.Error("a state was to be written whose reject is not on the broker")
	}
}

func TestTakeOver_rejectsAgainWhatWasAheadWhenItsTimeHasCome(t *testing.T) {
	for name, wiped := range map[string]bool{"from the checkpoint": false, "after a wipe": true} {
		t.Run(name, func(t *testing.T) {
			c, w := clocked(t, 1)
			c.ping(0, "tag-1", w.at.Add(-time.Minute), outside)
			p, next := c.own(t, 0)
			if err := c.checkpoint(t, p, next); err != nil {
				t.Fatal(err)
			}
			c.stamped(0, "tag-1", w.at, w.at.Add(30*time.Minute), inside)
			c.ping(0, "tag-1", w.at.Add(time.Second), outside)
			c.read(t, p, next) // and is killed before it checkpoints
			said, rejects := c.ids(t), len(c.rejects.messages)
			had := len(said)
			if wiped {
				c.store.wipe()
			}
			w.at = w.at.Add(40 * time.Minute)
			q, _ := c.own(t, 0)
			if wiped { // that the fault is open the alerts say
				said = nil
			}
			if got := c.ids(t)[had:]; !slices.Equal(got, said) {
				t.Errorf("said again %q, want %q", got, said)
			}
			if !q.hasFault("pings/0/future_records") {
				t.Error("the fault is not open")
			}
			if len(c.rejects.messages) != rejects {
				t.Errorf("%d rejects, it was there already", len(c.rejects.messages))
			}
			if q.clock >= w.at.Add(-20*time.Minute).UnixMilli() {
				t.Error("the clock has moved to the stamp")
			}
			if p.refused != nil && q.refused == nil {
				t.Error("the rejects were not read")
			}
		})
	}
}

func TestTakeOver_goesByNoRejectOfAnotherTopicOfThatName(t *testing.T) {
	c, w := clocked(t, 1)
	c.stamped(0, "tag-1", w.at, w.at.Add(30*time.Minute), inside)
	c.own(t, 0)
	c.logs[0] = &fakeLog{committed: -1} // made anew
	w.at = w.at.Add(time.Hour)
	c.ping(0, "tag-1", w.at, inside)
	c.store.wipe()
	c.own(t, 0)
	if got := kinds(c.alerts.alerts(t)); !slices.Contains(got, alerting.Breach) {
		t.Errorf("alerts: %v", got)
	}
}

func TestTakeOver_readsRejectsOfItsOwnTopicAndPartitionOnly(t *testing.T) {
	c, w := clocked(t, 1)
	c.ping(0, "tag-1", w.at, inside)
	for _, of := range []map[string]string{
		{"cordon-topic": "other", "cordon-partition": "0", "cordon-offset": "0"},
		{"cordon-topic": "cordon.pings", "cordon-partition": "1", "cordon-offset": "0"},
		{"cordon-topic": "cordon.pings", "cordon-partition": "x", "cordon-offset": "0"},
		{"cordon-topic": "cordon.pings", "cordon-partition": "0", "cordon-offset": "-1"},
		{"cordon-topic": "cordon.pings", "cordon-partition": "0", "cordon-offset": "0", "cordon-reason": "none of ours"},
	} {
		m := alerting.Message{Headers: []alerting.Header{header(appendedHeader, alerting.Time(w.at.UnixMilli()).String())}}
		for key, value := range of {
			m.Headers = append(m.Headers, header(key, value))
		}
		if of["cordon-reason"] == "" {
			m.Headers = append(m.Headers, header("cordon-reason", "future"))
		}
		c.rejects.messages = append(c.rejects.messages, m)
		c.rejects.at = append(c.rejects.at, w.at.UnixMilli())
	}
	c.own(t, 0)
	if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach}) {
		t.Errorf("alerts: %v", got)
	}
}

// Whatever the timestamps, and wherever a processor is killed: later processors raise the same alerts, and so does a
// rebuild.
func TestTakeOver_withRecordsAheadDecidesTheSameAfterAKillOrAWipe(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 1))
		c, w := clocked(t, 1)
		began := w.at
		p, next := c.own(t, 0)
		for range 80 {
			w.at = w.at.Add(time.Duration(random.IntN(120)) * time.Second)
			device := "tag-" + strconv.Itoa(random.IntN(4))
			appended := w.at
			if random.IntN(4) == 0 {
				appended = appended.Add(time.Duration(random.IntN(50)) * time.Minute)
			}
			c.stamped(0, device, w.at, appended, []float64{inside, outside}[random.IntN(2)])
			switch random.IntN(6) {
			case 0:
				next = c.read(t, p, next)
				if err := c.checkpoint(t, p, next); err != nil {
					t.Fatal(err)
				}
			case 1:
				c.read(t, p, next)
				p, next = c.own(t, 0)
			default:
				next = c.read(t, p, next)
			}
		}
		said := map[string]bool{}
		for _, id := range c.ids(t) {
			said[id] = true
		}
		c.store.wipe()
		w.at = w.at.Add(2 * time.Hour) // all stamps have come true
		before := len(c.alerts.messages)
		c.own(t, 0)
		again := map[string]bool{}
		for _, a := range c.alerts.alerts(t)[before:] {
			if !said[a.AlertID] {
				t.Errorf("seed %d: %s of %s was not said before (%s after the beginning)", seed, a.Kind, a.DeviceID, time.UnixMilli(int64(a.RaisedTime)).Sub(began))
			}
			again[a.AlertID] = true
		}
		for _, a := range c.alerts.alerts(t)[:before] {
			if a.Part == "" && !again[a.AlertID] {
				t.Errorf("seed %d: %s of %s is not said again", seed, a.Kind, a.DeviceID)
			}
		}
	}
}

// systemOf returns the kinds of system alerts with their episodes numbered in order of appearance.
func (c *town) systemOf(t testing.TB) (got []string) {
	t.Helper()
	episodes := map[string]int{}
	for _, a := range c.alerts.alerts(t) {
		if a.Part != "" {
			if _, ok := episodes[a.EpisodeID]; !ok {
				episodes[a.EpisodeID] = len(episodes)
			}
			got = append(got, fmt.Sprint(a.Kind, " ", episodes[a.EpisodeID]))
		}
	}
	return got
}

func TestFault_ofRecordsAheadIsOverWhenNoneHasBeenReadForAWhile(t *testing.T) {
	c, w := clocked(t, 1)
	began := w.at
	p, next := c.own(t, 0)
	step := func(minute int, ahead time.Duration) {
		w.at = began.Add(time.Duration(minute) * time.Minute)
		c.stamped(0, "tag-1", w.at, w.at.Add(ahead), outside)
		next = c.read(t, p, next)
	}
	step(0, 0)
	step(1, time.Hour)
	step(2, 0)
	step(16, 0)
	step(16, time.Hour)
	step(17, 0)
	step(31, 0)
	if got, want := c.systemOf(t), []string{"system_fault 0"}; !slices.Equal(got, want) {
		t.Fatalf("after 14 minutes without one: %q", got)
	}
	step(32, 0)
	if got, want := c.systemOf(t), []string{"system_fault 0", "system_restored 0"}; !slices.Equal(got, want) {
		t.Fatalf("after 15 minutes without one: %q", got)
	}
	all := c.alerts.alerts(t)
	fault, over := all[0], all[1]
	if int64(*fault.OpenedFixTime) != began.Add(61*time.Minute).UnixMilli() || fault.Severity != "serious" {
		t.Errorf("the fault: %+v", fault)
	}
	if int64(*over.DecidedTime) != began.Add(32*time.Minute).UnixMilli() {
		t.Errorf("over at %s", over.DecidedTime)
	}
	step(40, time.Hour)
	if got := c.systemOf(t); len(got) != 3 || got[2] != "system_fault 1" {
		t.Errorf("the next one: %q", got)
	}
}

func TestFault_ofRecordsAheadIsOverByTheWallClockAtTheEndOfTheLog(t *testing.T) {
	c, w := clocked(t, 1)
	c.ping(0, "tag-1", w.at.Add(-8*time.Hour), outside) // a partition that hardly anything comes to
	c.stamped(0, "tag-1", w.at, w.at.Add(time.Hour), outside)
	p, next := c.own(t, 0)
	idle := func(after time.Duration) {
		if err := p.Idle(t.Context(), w.at.Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Idle(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if idle(14 * time.Minute); len(c.systemOf(t)) != 1 {
		t.Errorf("too soon: %q", c.systemOf(t))
	}
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	if p, _ = c.own(t, 0); !p.hasFault("pings/0/future_records") || p.aheadRead != w.at.UnixMilli() {
		t.Fatalf("the next owner does not know: %+v, read %d", p.faults, p.aheadRead)
	}
	if idle(15 * time.Minute); !slices.Equal(c.systemOf(t), []string{"system_fault 0", "system_restored 0"}) {
		t.Errorf("got %q", c.systemOf(t))
	}
}

func TestReplay_aRecordAheadHoldsNobodyBack(t *testing.T) {
	c, w := clocked(t, 2)
	c.store.previous = 1
	early := w.at.Add(-3 * time.Hour)
	c.stamped(0, "tag-9", early, w.at.Add(59*time.Minute), outside)
	c.ping(0, "tag-1", early, inside)
	c.ping(1, "tag-1", early.Add(time.Minute), outside) // the same tag, out again
	c.ping(0, "tag-1", early.Add(2*time.Minute), inside)
	p, _ := c.own(t, 0)
	if got, want := kinds(c.alerts.alerts(t)), []alerting.Kind{alerting.SystemFault, alerting.Breach, alerting.BreachEnded, alerting.Breach}; !slices.Equal(got, want) {
		t.Errorf("alerts: %v, want %v", got, want)
	}
	if p.tags["tag-9"] != nil || len(c.rejects.messages) != 1 {
		t.Errorf("%d rejects, remembered %v", len(c.rejects.messages), p.tags)
	}
}

func TestSpans_findWhatASlowSearchFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var all []span
		var s spans
		for range random.IntN(60) {
			first := random.Int64N(100)
			next := span{first: first, last: first + random.Int64N(1+random.Int64N(9)), from: 0, to: 1000, reason: ingest.Reasons[random.IntN(2)], lasting: random.IntN(2) == 0}
			all = append(all, next)
			s, _ = s.add(next, 1000)
		}
		s = s.sorted()
		for offset := range int64(120) {
			want := slices.ContainsFunc(all, func(a span) bool { return a.first <= offset && offset <= a.last })
			if got := s.find(&ingest.Record{Offset: offset, Appended: 500}); (got != nil) != want {
				t.Fatalf("offset %d: found %v, want %v among %+v", offset, got, want, all)
			}
			if s.find(&ingest.Record{Offset: offset, Appended: 1001}) != nil {
				t.Fatalf("offset %d found at another time", offset)
			}
		}
	}
}

func TestSpans_takeBoundedMemoryAndKeepWhatNothingElseTells(t *testing.T) {
	var s spans
	full := false
	for i := range int64(5000) {
		var now bool
		s, now = s.add(span{first: 2 * i, last: 2 * i, to: 1000, lasting: i%100 == 0, reason: ingest.Future}, 500)
		if full = full || now; len(s) > 500 {
			t.Fatalf("%d spans", len(s))
		}
	}
	if s = s.sorted(); !full {
		t.Error("it is not said that some were let go")
	}
	for i := range int64(50) {
		if s.find(&ingest.Record{Offset: 200 * i}) == nil {
			t.Errorf("offset %d is forgotten", 200*i)
		}
	}
	var run spans
	for i := range int64(100_000) { // what follows one another takes no memory
		run, _ = run.add(span{first: i, last: i, from: i, to: i, reason: ingest.Malformed}, 500)
	}
	if run = run.sorted(); len(run) > 2 || run.find(&ingest.Record{Offset: 77_777, Appended: 77_777}) == nil {
		t.Errorf("%d spans", len(run))
	}
}
