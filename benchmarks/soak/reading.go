package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reading holds values of a processor's metrics.
type reading struct {
	after       time.Duration // since the run began
	resident    float64       // bytes
	heap        float64       // bytes in use after the last collection
	goroutines  float64
	descriptors float64
}

// storeReading holds values of Redis and Kafka.
type storeReading struct {
	after time.Duration
	redis float64 // bytes
	lag   float64 // records appended and not committed
}

// read takes a reading of every processor that runs, and of the stores.
func (s *soak) read(ctx context.Context) error {
	after := time.Since(s.began)
	for _, l := range s.living() {
		text, err := l.processor.Metrics(ctx)
		if err != nil {
			continue // it has just been replaced
		}
		r, err := parseReading(text)
		if err != nil {
			return fmt.Errorf("processor %s: %w", l.name, err)
		}
		r.after = after
		s.mu.Lock()
		l.readings = append(l.readings, r)
		s.mu.Unlock()
	}
	st := storeReading{after: after}
	var err error
	if st.redis, err = s.redisBytes(ctx); err != nil {
		return err
	}
	if st.lag, err = s.lag(ctx); err != nil {
		return err
	}
	s.stores = append(s.stores, st)
	return nil
}

func (s *soak) living() []*life {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.lives), func(l *life) bool { return l.over })
}

// parseReading reads a Prometheus exposition. The collector runs next when the heap has grown by a share of what was in use
// after the last collection (https://pkg.go.dev/runtime, GOGC).
func parseReading(text string) (reading, error) {
	wanted := map[string]float64{
		"process_resident_memory_bytes": -1, "go_memstats_next_gc_bytes": -1, "go_gc_gogc_percent": -1, "go_goroutines": -1, "process_open_fds": -1,
	}
	for line := range strings.Lines(text) {
		name, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		if _, ok := wanted[name]; !ok {
			continue
		}
		value, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return reading{}, fmt.Errorf("sample %s: %w", name, err)
		}
		wanted[name] = value
	}
	for name, value := range wanted {
		if value < 0 {
			return reading{}, fmt.Errorf("no sample %s", name)
		}
	}
	return reading{
		resident: wanted["process_resident_memory_bytes"], heap: wanted["go_memstats_next_gc_bytes"] / (1 + wanted["go_gc_gogc_percent"]/100),
		goroutines: wanted["go_goroutines"], descriptors: wanted["process_open_fds"],
	}, nil
}

func (s *soak) redisBytes(ctx context.Context) (float64, error) {
	text, err := s.redis.Info(ctx, "memory").Result()
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(text) {
		if number, ok := strings.CutPrefix(strings.TrimSpace(line), "used_memory:"); ok {
			return strconv.ParseFloat(number, 64)
		}
	}
	return 0, fmt.Errorf("redis does not say how much memory it uses")
}

func (s *soak) lag(ctx context.Context) (float64, error) {
	total := 0.0
	for p := range s.flags.Partitions {
		_, end, err := s.broker.Bounds(ctx, s.site.Pings(), p)
		if err != nil {
			return 0, err
		}
		at, err := s.broker.Committed(ctx, s.site.Prefix, s.site.Pings(), p)
		if err != nil {
			return 0, err
		}
		total += float64(end - max(0, at))
	}
	return total, nil
}
