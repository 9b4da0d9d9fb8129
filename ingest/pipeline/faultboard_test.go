package pipeline

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cordon/alerting"
)

// wall is what all boards share: the recorded faults and the alerts topic.
type wall struct {
	mu      sync.Mutex
	faults  map[string]alerting.Fault
	refuse  error // of the store
	alerts  *fakeTopic
	lasting bool
	now     time.Time
}

func newWall() *wall {
	return &wall{faults: map[string]alerting.Fault{}, alerts: &fakeTopic{now: time.Now}, now: time.UnixMilli(5000)}
}

func (w *wall) List(context.Context) ([]alerting.Fault, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []alerting.Fault
	for _, f := range w.faults {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b alerting.Fault) int { return strings.Compare(a.Part, b.Part) })
	return all, w.refuse
}

func (w *wall) Open(_ context.Context, f alerting.Fault) (alerting.Fault, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		return alerting.Fault{}, w.refuse
	}
	if is, ok := w.faults[f.Part]; ok {
		return is, nil
	}
	w.faults[f.Part] = f
	return f, nil
}

func (w *wall) Keep(_ context.Context, faults []alerting.Fault) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range faults {
		w.faults[f.Part] = f
	}
	return w.refuse
}

func (w *wall) End(_ context.Context, f alerting.Fault) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if sameFault(w.faults[f.Part], f) {
		delete(w.faults, f.Part)
	}
	return w.refuse
}

// board is one processor's.
type board struct {
	*FaultBoard
	seen  []SeenFault
	blind bool
}

func (w *wall) board() *board {
	b := &board{}
	b.FaultBoard = NewFaultBoard(FaultBoardOptions{
		See: func(context.Context) (Faults, bool) {
			return Faults{Seen: b.seen, Lasting: func(alerting.Fault) bool { return w.lasting }}, !b.blind
		},
		Changed: func() <-chan struct{} { return nil }, Store: w, Alerts: w.alerts, Source: "//test", Rules: alerting.PlainRules(),
		Metrics: NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now: func() time.Time { return w.now }, Every: time.Millisecond, MostBackoff: 2 * time.Millisecond,
	})
	return b
}

func (b *board) look(t *testing.T, seen ...SeenFault) error {
	t.Helper()
	b.seen = seen
	return b.round(t.Context())
}

// said returns the alerts of the wall in short: kind and part.
func (w *wall) said(t *testing.T) string {
	t.Helper()
	var b []string
	for _, a := range w.alerts.alerts(t) {
		b = append(b, string(a.Kind)+" "+a.Part)
	}
	return strings.Join(b, ", ")
}

func (w *wall) says(t *testing.T, want string) {
	t.Helper()
	if got := w.said(t); got != want {
		t.Fatalf("said %q, want %q", got, want)
	}
}

func fault(part string, opened int64) SeenFault {
	return SeenFault{Fault: alerting.Fault{Part: part, Reason: alerting.ZonesMissing, Detail: "1 of 2", Opened: opened, Seq: 7, Unprotected: true}}
}

func exact(part string, opened int64) SeenFault {
	f := fault(part, opened)
	f.Exact = true
	return f
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFaultBoard_allProcessorsRaiseAFaultUnderOneID(t *testing.T) {
	w := newWall()
	first, second := w.board(), w.board()
	must(t, first.look(t, fault("zones", 100)))
	must(t, second.look(t, fault("zones", 300))) // it knows less of when it began
	for range 3 {
		must(t, first.look(t, fault("zones", 100)))
	}
	w.says(t, "system_fault zones, system_fault zones")
	alerts := w.alerts.alerts(t)
	if alerts[0].AlertID != alerts[1].AlertID || alerts[0].Severity != "critical" || alerts[0].RaisedTime != 5000 {
		t.Errorf("%+v", alerts)
	}
	if w.alerts.header(0, "ce_id") != alerts[0].AlertID || w.alerts.header(0, openingHeader) == "" || w.alerts.header(0, partitionHeader) != "" {
		t.Errorf("headers: %v", w.alerts.messages[0].Headers)
	}
}

func TestFaultBoard_endsAFaultThoughTheProcessorThatRaisedItIsGone(t *testing.T) {
	w := newWall()
	must(t, w.board().look(t, fault("zones", 100), fault("register", 100)))
	other := w.board()
	must(t, other.look(t, fault("register", 100)))
	w.says(t, "system_fault zones, system_fault register, system_fault register")
	w.now = w.now.Add(keptWithin * time.Millisecond)
	must(t, other.look(t, fault("register", 100)))
	w.says(t, "system_fault zones, system_fault register, system_fault register, system_restored zones")
	alerts := w.alerts.alerts(t)
	if alerts[0].EpisodeID != alerts[3].EpisodeID || len(w.faults) != 1 {
		t.Errorf("%d faults are open, episodes %s and %s", len(w.faults), alerts[0].EpisodeID, alerts[3].EpisodeID)
	}
}

// A processor that has not looked at the store again yet, or that never sees the fault, does not end it.
func TestFaultBoard_endsNoFaultThatAnotherProcessorSees(t *testing.T) {
	w := newWall()
	first, second := w.board(), w.board()
	for range 3 * keptWithin {
		must(t, first.look(t, fault("zones", 100)))
		must(t, second.look(t))
		w.now = w.now.Add(time.Millisecond)
	}
	w.says(t, "system_fault zones")
	must(t, second.look(t, fault("zones", 100)))
	must(t, second.look(t))
	must(t, first.look(t, fault("zones", 100)))
	must(t, first.look(t))
	must(t, second.look(t))
	if got := w.said(t); !strings.HasPrefix(got, "system_fault zones, system_fault zones, system_restored zones") || len(w.faults) != 0 {
		t.Errorf("said %q, %d faults are open", got, len(w.faults))
	}
}

func TestFaultBoard_endsAtOnceWhatNoOtherProcessorHasKept(t *testing.T) {
	w := newWall()
	b := w.board()
	must(t, b.look(t, fault("zones", 100)))
	must(t, b.look(t))
	w.says(t, "system_fault zones, system_restored zones")
}

func TestFaultBoard_endsNothingThatAnotherProcessorKnowsMoreOf(t *testing.T) {
	w := newWall()
	must(t, w.board().look(t, fault("zones", 100)))
	w.lasting = true
	other := w.board()
	must(t, other.look(t))
	w.lasting, other.blind = false, true
	must(t, other.look(t))
	w.says(t, "system_fault zones")
}

func TestFaultBoard_raisesAFaultThatCannotBeRecorded(t *testing.T) {
	w := newWall()
	w.refuse = errors.New("OOM command not allowed")
	b := w.board()
	for range 3 {
		if err := b.look(t, fault("zones", 100)); err == nil {
			t.Error("no error, so that nobody tries again")
		}
	}
	w.says(t, "system_fault zones")
	w.refuse = nil
	must(t, b.look(t, fault("zones", 100)))
	if len(w.faults) != 1 {
		t.Error("not recorded")
	}
	must(t, b.look(t))
	w.says(t, "system_fault zones, system_restored zones")
}

func TestFaultBoard_endsAFaultThatWasNeverRecorded(t *testing.T) {
	w := newWall()
	w.refuse = errors.New("READONLY")
	b := w.board()
	if err := b.look(t, fault("zones", 100)); err == nil {
		t.Error("no error")
	}
	w.refuse = nil
	must(t, b.look(t))
	w.says(t, "system_fault zones, system_restored zones")
}

func TestFaultBoard_tellsANewFaultFromOneThatNobodyEnded(t *testing.T) {
	w := newWall()
	must(t, w.board().look(t, exact("zones", 100)))
	later := w.board() // every processor was away while the first one was mended
	must(t, later.look(t, exact("zones", 200)))
	w.says(t, "system_fault zones, system_restored zones, system_fault zones")
	alerts := w.alerts.alerts(t)
	if alerts[0].EpisodeID != alerts[1].EpisodeID || alerts[2].EpisodeID == alerts[0].EpisodeID {
		t.Error("they share an id")
	}
	must(t, w.board().look(t, exact("zones", 100))) // one that has not looked again yet
	if got := w.faults["zones"].Opened; got != 200 {
		t.Errorf("the fault of %d is open", got)
	}
}

func TestFaultBoard_oneThatFailsKeepsNoOtherFromBeingRaised(t *testing.T) {
	w := newWall()
	w.alerts.refuse = func(m []alerting.Message) (int, error) {
		if strings.Contains(string(m[0].Value), `"part":"register"`) {
			return 0, errors.New("not acknowledged")
		}
		return len(m), nil
	}
	b := w.board()
	if err := b.look(t, fault("register", 1), fault("zones", 1)); err == nil {
		t.Error("no error, so that nobody tries again")
	}
	w.says(t, "system_fault zones")
	w.alerts.refuse = nil
	must(t, b.look(t, fault("register", 1), fault("zones", 1)))
	w.says(t, "system_fault zones, system_fault register")
}

func TestFaultBoard_triesAgainUntilTheBrokerTakesIt(t *testing.T) {
	w := newWall()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tries := 0
	w.alerts.refuse = func(m []alerting.Message) (int, error) {
		if tries++; tries < 5 {
			return 0, errors.New("not acknowledged")
		}
		cancel()
		return len(m), nil
	}
	b := w.board()
	b.seen = []SeenFault{fault("zones", 100)}
	b.Run(ctx)
	w.says(t, "system_fault zones")
}
