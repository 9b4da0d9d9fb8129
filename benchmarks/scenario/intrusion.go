package scenario

import (
	"math/rand/v2"
)

// Intrusion returns a ping, appended at an instant (ms), of one of the tags: a satellite fix inside one of its exclusion
// zones, as any gateway could send it. It is not part of Records and changes no position there. The second result is false
// when no tag has such a zone.
func (s *Scenario) Intrusion(r *rand.Rand, appended int64) (Record, bool) {
	const tries = 1000
	for range tries {
		d := s.devices[r.IntN(len(s.devices))]
		if len(d.drawn) == 0 {
			continue
		}
		z := d.drawn[r.IntN(len(d.drawn))]
		if z.kind == "inclusion" {
			continue
		}
		p := sample{fix: appended - r.Int64N(1000), source: "gnss", accuracy: 50, barely: true}
		p.at = s.clear(r, d, z.within(r), p.radius())
		if z.shape().distance(p.at.place()) >= 0 {
			continue // of the box, but not of the zone
		}
		return Record{
			Partition: partitionOf([]byte(d.id), s.config.Partitions), Key: []byte(d.id), Value: p.appendCordon(nil, &tagRun{device: &device{id: d.id}}),
			Appended: appended, What: "intrusion",
		}, true
	}
	return Record{}, false
}

// within picks a point of the box around the zone.
func (z *drawnZone) within(r *rand.Rand) point {
	box := z.shape()
	return point{
		int64((box.low.lon + r.Float64()*(box.high.lon-box.low.lon)) * 1e7),
		int64((box.low.lat + r.Float64()*(box.high.lat-box.low.lat)) * 1e7),
	}
}
