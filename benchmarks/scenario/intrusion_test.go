package scenario

import (
	"math/rand/v2"
	"testing"

	"cordon/alerting"
	"cordon/ingest"
)

func TestIntrusion_isBelievedByTheOracle(t *testing.T) {
	c := midsize()
	c.Pings, c.Changes = 1, -1
	p := produce(t, c)
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	at := c.Start.UnixMilli()
	suspected := 0
	for i := range 50 {
		rec, ok := s.Intrusion(r, at+int64(i))
		if !ok {
			t.Fatal("no tag has an exclusion zone")
		}
		in := p.Input
		in.Params.Rules, in.Until = DefaultRules(), at+int64(i)+1
		in.Partitions = []Partition{{Number: rec.Partition, Records: func(yield func(ingest.Record) bool) {
			yield(ingest.Record{Partition: rec.Partition, Key: rec.Key, Value: rec.Value, Appended: rec.Appended})
		}}}
		out, err := Decide(in)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Rejects) > 0 {
			t.Fatalf("rejected: %s", rec.Value)
		}
		for _, a := range out.Alerts {
			if a.Kind == alerting.BreachSuspected {
				suspected++
				break
			}
		}
	}
	if suspected < 25 { // zones have timetables, tags are not always worn
		t.Errorf("%d of 50 raise a suspicion", suspected)
	}
}
