package main

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"cordon/benchmarks/harness"
)

func TestDrain_readsTheWholeBacklog(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(4, "json.pings"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	b := &bench{world: smallWorld(), broker: harness.Dial(fake.ListenAddrs()[0])}
	pings, err := backlog(t.Context(), b.broker, b.streams(formats[0], "json.pings"), 8000, b.world.tags)
	if err != nil {
		t.Fatal(err)
	}
	if pings < 8000-4 || pings > 8000 {
		t.Errorf("the backlog has %d pings, want 8000 but for rounding", pings)
	}
	if speed, err := drain(t.Context(), fake.ListenAddrs()[0], "json.pings", 4, pings); err != nil || speed <= 0 {
		t.Errorf("%g pings/s, %v", speed, err)
	}
	if _, err := drain(t.Context(), fake.ListenAddrs()[0], "json.pings", 4, pings+1); err == nil {
		t.Error("a missing ping passes")
	}
}
