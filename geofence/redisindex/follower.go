package redisindex

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cordon/geofence"
)

// Options say how a Follower works. The zero value of each field but Log is usable.
type Options struct {
	Log *slog.Logger
	// Expect is the identity the store must have; "" accepts the store that is met first.
	Expect string
	// KeepHistory is how far back the view must be able to decide (the rebuild window and what a late ping adds);
	// superseded revisions older than that are dropped. Default 72 h.
	KeepHistory time.Duration
	// Reconcile is how often the store's revision is compared with the view's. Default 5 s.
	Reconcile time.Duration
	// Verify is how often the whole store is read and compared with the identity record. Default 1 h.
	Verify time.Duration
	// AllowEviction accepts a Redis that may remove keys when its memory is full, for tests.
	AllowEviction bool
	// MaxBackoff bounds the pause between attempts to reach the store. Default 2 s.
	MaxBackoff time.Duration
	Metrics    *Metrics // nil: not measured
}

// Status is how a Follower stands to its store.
type Status struct {
	Identity string
	Revision uint64 // of the store, as the view reflects it
	// Age is the time since the store was last seen to be what the view reflects or extends.
	Age time.Duration
	// Problem says what is wrong and what to do; "" when nothing is. A processor with a Problem is not ready.
	Problem string
	// StoreIdentity is the identity of the store at the last contact; Zones and Register are the state of each kind there.
	// Met is false before the first contact.
	StoreIdentity   string
	Zones, Register Standing
	Met             bool
	// Refused counts the documents whose newest revision did not validate.
	Refused int
	// Losses is what the store has lost of what was imported into it.
	Losses []Loss
	// Unenforced are the zones whose newest revision cannot be read and that have no earlier one in force: they protect no
	// one.
	Unenforced []Unenforced
	// Eviction says that Redis may remove keys, and what to do; "" if it may not.
	Eviction string
}

// Standing is the state of one kind in the store.
type Standing struct {
	Published bool   // something of the kind was imported
	Revision  uint64 // the greatest revision of the kind
	Accepted  int64  // when a loss of it was last accepted, ms; 0: never
}

// Unenforced is a zone that is stored and not in force.
type Unenforced struct {
	ID      string
	Number  uint64 // of the unreadable revision; 0: the number is unreadable too
	Updated int64  // of the unreadable revision, ms; 0: unreadable too
}

// Problems says what keeps a processor from being ready, one line each.
func (s Status) Problems() []string {
	var all []string
	if s.Problem != "" {
		all = append(all, s.Problem)
	}
	for _, l := range s.Losses {
		if s.Problem == "" || !l.Unrecorded && !l.Older && !l.Empty() { // otherwise the problem already says it
			all = append(all, l.String())
		}
	}
	for _, u := range s.Unenforced {
		all = append(all, u.String())
	}
	if s.Eviction != "" {
		all = append(all, s.Eviction)
	}
	return all
}

func (u Unenforced) String() string {
	return fmt.Sprintf("zone %q in the store cannot be read and has no earlier revision in force: restore it with `cordon zones import --restore FILE`, "+
		"or import it again with `cordon zones import --accept-loss FILE`", u.ID)
}

// Follower keeps a view of zones and register up to date with the store.
type Follower struct {
	store   *Store
	options Options
	log     *slog.Logger
	metrics *Metrics
	view    atomic.Pointer[geofence.View]

	mu      sync.Mutex // guards what follows, up to the blank line
	status  Status
	contact time.Time
	changed chan struct{}
	altered map[string]bool // by Loss.Of: at the last reading there were as many objects as recorded, but not the same
	readAt  map[kind]int64  // sums.WholeAt at the last reading

	verify chan struct{} // asks for a reading of the whole store

	// What follows is the goroutine's that runs Load and Run.
	at       state // of the store, as the view reflects it
	position string
	pending  []entry // of an import of which more is to come
	target   uint64  // greatest revision of the store seen
	stale    bool    // the view may differ from the store in ways the stream does not tell
	checked  time.Time
	pruned   time.Time
	refused  map[document]stamp
	seen     map[kind]sums // of the store, last
	older    map[kind]bool // the store lacks what was seen of it, until the view is made equal to it again
	owed     bool          // the view still holds what has been accepted as lost
	told     []Loss
	deaf     bool // the stream could not be read the last time
}

// document names a zone or an activation.
type document struct {
	kind kind
	id   string
}

// NewFollower returns a Follower that has loaded nothing yet.
func NewFollower(store *Store, options Options) *Follower {
	defaultTo(&options.KeepHistory, DefaultHistory)
	defaultTo(&options.Reconcile, 5*time.Second)
	defaultTo(&options.Verify, time.Hour)
	defaultTo(&options.MaxBackoff, 2*time.Second)
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Metrics == nil {
		options.Metrics = NewMetrics(prometheus.NewRegistry())
	}
	return &Follower{
		store: store, options: options, log: options.Log, metrics: options.Metrics,
		contact: time.Now(), changed: make(chan struct{}), refused: map[document]stamp{}, stale: true,
		altered: map[string]bool{}, readAt: map[kind]int64{}, seen: map[kind]sums{}, older: map[kind]bool{}, verify: make(chan struct{}, 1),
		status: Status{Problem: "zones and register are not loaded yet"},
	}
}

func defaultTo(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}

// View returns the newest view; nil before Load has returned.
func (f *Follower) View() *geofence.View { return f.view.Load() }

// Changed returns a channel that is closed at the next new view or change of Status.Problem. To miss nothing take the
// channel first, then look.
func (f *Follower) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

// Status returns how things stand.
func (f *Follower) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.status
	s.Age = time.Since(f.contact)
	return s
}

// Load waits until the store is there and zones and register have been published, then loads them. It fails only when
// ctx ends; what it waits for is in Status and in the log.
func (f *Follower) Load(ctx context.Context) error {
	for n := 0; ; n++ {
		if f.synchronise(ctx); !f.stale {
			return nil
		}
		if err := f.pause(ctx, n); err != nil {
			return err
		}
	}
}

// Run follows the store until ctx ends, and returns nil then. It loads first if Load was not called.
func (f *Follower) Run(ctx context.Context) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { f.examine(ctx) })
	failures := 0
	for ctx.Err() == nil {
		followed := !f.stale
		if f.stale {
			f.synchronise(ctx)
		} else {
			f.follow(ctx)
		}
		if !f.stale {
			if followed { // do not keep loading a store that cannot be followed
				failures = 0
			}
			continue
		}
		if err := f.pause(ctx, failures); err != nil {
			return nil
		}
		failures++
	}
	return nil
}

// pause waits between attempts: at once the first time, then longer and longer.
func (f *Follower) pause(ctx context.Context, n int) error {
	if n == 0 {
		return ctx.Err()
	}
	return pause(ctx, min(50*time.Millisecond<<min(n-1, 10), f.options.MaxBackoff))
}
