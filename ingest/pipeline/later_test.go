package pipeline

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"cordon/alerting"
)

// graft adds a field of a later version to the message at a path of field numbers, and to every message on the way. It
// reports whether there is such a message.
func graft(b []byte, path ...protowire.Number) (grafted []byte, found bool) {
	for len(b) > 0 {
		num, kind, head := protowire.ConsumeTag(b)
		n := head + protowire.ConsumeFieldValue(num, kind, b[head:])
		if len(path) > 0 && num == path[0] && kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(b[head:])
			inner, ok := graft(value, path[1:]...)
			grafted, found = protowire.AppendBytes(protowire.AppendTag(grafted, num, kind), inner), found || ok
		} else {
			grafted = append(grafted, b[:n]...)
		}
		b = b[n:]
	}
	grafted = protowire.AppendBytes(protowire.AppendTag(grafted, 100, protowire.BytesType), []byte("later"))
	return grafted, found || len(path) == 0
}

// A later version adds fields to the position, the feed and a fault, and to a tag, its activation, an episode, a fix of it
// and what is wrong with the tag.
func TestTakeOver_goesOnFromTheCheckpointOfALaterVersion(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.options.Rules = alerting.DefaultRules()
	c.ping(0, "tag-1", now.Add(-time.Minute), outside)
	for i := range 3 { // suspected, and nobody is known to wear the tag
		c.ping(0, "tag-1", now.Add(time.Duration(i)*10*time.Second), inside)
	}
	p, next := c.work(t, 0)
	p.raiseFault(alerting.Fault{Part: p.part("future_records"), Reason: alerting.FutureRecords, Opened: 5}, 5)
	p.whole = true
	if err := p.publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	said := kinds(c.alerts.alerts(t))
	if want := []alerting.Kind{alerting.UnassignedDevice, alerting.BreachSuspected, alerting.SystemFault}; !slices.Equal(said, want) {
		t.Fatalf("alerts %v, want %v", said, want)
	}
	for _, path := range [][]protowire.Number{{posFeed}, {posFault}} {
		meta, ok := graft(c.store.stored.Meta, path...)
		if !ok {
			t.Fatalf("position has no %d", path)
		}
		c.store.stored.Meta = meta
	}
	const activation, open, fix, health, issue = 7, 13, 15, 14, 14
	for _, path := range [][]protowire.Number{{activation, open, fix}, {activation, health, issue}} {
		state, ok := graft(c.store.stored.Tags["tag-1"], path...)
		if !ok {
			t.Fatalf("the tag has no %d", path)
		}
		c.store.stored.Tags["tag-1"] = state
	}
	for i := range 3 {
		c.ping(0, "tag-1", now.Add(time.Duration(30+10*i)*time.Second), inside)
	}
	p, _ = c.work(t, 0)
	if !p.hasFault(p.part("future_records")) {
		t.Error("the fault is forgotten")
	}
	alerts := c.alerts.alerts(t)
	if got, want := kinds(alerts), append(said, alerting.Breach); !slices.Equal(got, want) {
		t.Fatalf("alerts %v, want %v", got, want)
	}
	if alerts[1].EpisodeID != alerts[3].EpisodeID {
		t.Error("the suspicion is not confirmed under its own id")
	}
	for i := range alerts {
		if c.alerts.header(i, "cordon-rebuilt") != "" {
			t.Error("the window was decided again")
		}
	}
}
