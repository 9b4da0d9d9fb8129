package main

import (
	"fmt"
	"net/http"
	"net/http/pprof"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"cordon/ingest/kafkasource"
	"cordon/ingest/pipeline"
)

// stage says what the processor waits for before it consumes; empty when it does.
type stage struct {
	mu   sync.Mutex
	what string
}

func (s *stage) set(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.what = what
}

func (s *stage) get() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.what
}

// owned are the partitions assigned to this processor.
type owned struct {
	mu         sync.Mutex
	group      *kafkasource.Group
	partitions map[*pipeline.Progress]struct{}
}

func (o *owned) joined(g *kafkasource.Group) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.group = g
}

// add adds an assigned partition, and returns the function that removes it again.
func (o *owned) add(p *pipeline.Progress) func() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.partitions == nil {
		o.partitions = map[*pipeline.Progress]struct{}{}
	}
	o.partitions[p] = struct{}{}
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.partitions, p)
	}
}

func (o *owned) register(r prometheus.Registerer) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "cordon_checkpoint_age_seconds", Help: "Time since the oldest of the owned partitions' last checkpoints held everything decided; 0 when nothing waits.",
	}, func() float64 {
		o.mu.Lock()
		defer o.mu.Unlock()
		oldest := time.Duration(0)
		for p := range o.partitions {
			oldest = max(oldest, p.Status().CheckpointAge)
		}
		return oldest.Seconds()
	}))
}

// problems says what keeps the partitions from being worked on as they should.
func (o *owned) problems() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.group == nil {
		return nil
	}
	var found, of []string
	working := 0
	for p := range o.partitions {
		s := p.Status()
		if of = append(of, s.Problems...); !s.TakingOver {
			working++
		}
	}
	slices.Sort(of)
	status := o.group.Status()
	if status.Problem != "" {
		found = append(found, "kafka: "+status.Problem)
	} else if !status.Joined {
		found = append(found, "kafka: joining the consumer group")
	} else if working < len(status.Partitions) {
		found = append(found, fmt.Sprintf("taking over: %d of %d partitions are being worked on", working, len(status.Partitions)))
	}
	return append(found, of...)
}

// handler serves the processor's health and metrics.
func (p *processor) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if problems := p.problems(); len(problems) > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			for _, problem := range problems {
				sayf(w, "%s", problem)
			}
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.registry, promhttp.HandlerOpts{}))
	if p.flags.Pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// problems says what is missing for the processor to be ready.
func (p *processor) problems() []string {
	var found []string
	status := p.follower.Status()
	if said := p.emptied.problem(&status); said != "" {
		status.Problem = said
	}
	for _, problem := range status.Problems() {
		found = append(found, "store: "+problem)
	}
	if waiting := p.stage.get(); waiting != "" && len(found) == 0 {
		found = append(found, waiting)
	}
	return append(found, p.owned.problems()...)
}
