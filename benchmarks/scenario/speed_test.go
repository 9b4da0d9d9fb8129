package scenario

import "testing"

// What a scenario costs to make and to decide, per record.
func BenchmarkScenario(b *testing.B) {
	c := midsize()
	c.Tags, c.Pings = 1000, 200_000
	perRecord := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.Pings), "ns/record")
	}
	b.Run("records", func(b *testing.B) {
		for b.Loop() {
			s, err := New(c)
			if err != nil {
				b.Fatal(err)
			}
			for range s.Records(Planned) {
			}
		}
		perRecord(b)
	})
	for _, rules := range []Rules{{Name: Plain}, DefaultRules()} {
		b.Run("decide/"+rules.Name, func(b *testing.B) {
			p := produce(b, c)
			p.Params.Rules = rules
			for b.Loop() {
				if _, err := Decide(p.Input); err != nil {
					b.Fatal(err)
				}
			}
			perRecord(b)
		})
	}
}
