package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"cordon/geofence"
	"cordon/ingest"
)

func smallWorld() *world {
	return newWorld(&flags{Tags: 400, Zones: 5, Partitions: 4, Seed: 7})
}

func TestWorld_isWhatTheImportsTake(t *testing.T) {
	w := smallWorld()
	zones, _, err := geofence.ParseZones(w.geojson())
	if err != nil {
		t.Fatal(err)
	}
	activations, _, err := geofence.ParseRegister(w.register())
	if err != nil {
		t.Fatal(err)
	}
	if len(zones) != 2000 || len(activations) != 400 {
		t.Errorf("%d zones, %d activations", len(zones), len(activations))
	}
}

func TestWalkers_areInsideTheirZonesAsOftenAsSaid(t *testing.T) {
	w := smallWorld()
	zones, _, err := geofence.ParseZones(w.geojson())
	if err != nil {
		t.Fatal(err)
	}
	byWearer := map[string][]*geofence.Zone{}
	for _, z := range zones {
		byWearer[z.Audience.Wearers[0]] = append(byWearer[z.Audience.Wearers[0]], z)
	}
	pings, inside, strays := 0, 0, 0
	for p := range w.partitions {
		rng := rand.New(rand.NewPCG(1, uint64(p)))
		walkers := w.walkers(p)
		for range 200 {
			for i := range walkers {
				at := walkers[i].step(rng)
				pings++
				in := false
				for _, z := range byWearer[fmt.Sprintf("W%07d", walkers[i].number)] {
					in = in || z.Breached(geofence.Round(z.Shape.Distance(at.lon(), at.lat())))
				}
				if in {
					inside++
				}
				if in != walkers[i].inside {
					strays++
				}
			}
		}
	}
	if share := float64(inside) / float64(pings); share < visits/2 || share > visits*2 {
		t.Errorf("%.4f of the pings are inside, want about %.4f", share, visits)
	}
	if strays > 0 {
		t.Errorf("%d of %d pings are not where they were meant to be", strays, pings)
	}
}

func TestStream_writesPingsThatTheDecoderTakes(t *testing.T) {
	w := smallWorld()
	b := &bench{world: w}
	decoder := ingest.NewDecoder(ingest.DecoderOptions{MaxAge: 1 << 40, MaxFuture: 1 << 40, AccuracyLevel: 0.95, Accuracy: [4]float64{15, 50, 1000, 10}})
	for _, f := range formats {
		s := b.streams(f, "pings")[1]
		size := 0
		records := s.batch(300, func(i int) int64 { return 1_790_000_000_000 + int64(i) })
		for _, r := range records {
			value, key := r.value, r.key
			rec := ingest.Record{Appended: r.at, Value: value, Key: key}
			for _, h := range f.headers {
				rec.Headers = append(rec.Headers, ingest.Header{Key: h.Key, Value: h.Value})
			}
			var p ingest.Ping
			if no := decoder.Decode(&rec, &p); no != nil {
				t.Fatalf("%s: %v: %s", f.name, no, value)
			}
			if !bytes.Equal(key, p.Device) {
				t.Fatalf("%s: key %s of tag %s", f.name, key, p.Device)
			}
			size += len(value)
		}
		if mean := size / len(records); f.name == "json" && (mean < 215 || mean > 245) {
			t.Errorf("a JSON ping has %d bytes, want about 230", mean)
		}
	}
}
