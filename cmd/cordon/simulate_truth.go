package main

import (
	"encoding/json"
	"io"

	"cordon/alerting"
	"cordon/benchmarks/scenario/world"
	"cordon/geofence"
	"cordon/ingest"
)

// truthOf is what every record of --truth begins with.
type truthOf struct {
	Type   string `json:"type"` // life, stay or event
	Wearer string `json:"wearer_id"`
	Device string `json:"device_id"`
	Zone   string `json:"zone_id"`
}

// lifeTruth is where a wearer really was: between two turns of the path, straight and at an even speed.
type lifeTruth struct {
	truthOf
	Stratum world.Stratum `json:"stratum"`
	From    alerting.Time `json:"from"`
	To      alerting.Time `json:"to"`
	Path    []turn        `json:"path"`
}

// turn is written as [time, lon, lat].
type turn world.Turn

func (t turn) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{alerting.Time(t.At), degrees(t.Lon), degrees(t.Lat)})
}

// degrees are rounded to about a centimetre.
func degrees(d float64) float64 { return float64(ingest.E7(d)) / 1e7 }

// stayTruth is a time inside the zone without more than 60 s outside.
type stayTruth struct {
	truthOf
	Entered alerting.Time `json:"entered"`
	Left    alerting.Time `json:"left"`
	Depth   float64       `json:"depth_m"`
}

type eventTruth struct {
	truthOf
	Kind world.EventKind `json:"kind"`
	From alerting.Time   `json:"from"`
	To   alerting.Time   `json:"to"`
}

// writeTruth writes the records of one wearer.
func writeTruth(w io.Writer, l *world.Life) error {
	of := func(what string) truthOf { return truthOf{what, l.Wearer, l.Device, l.Zone.ID} }
	life := lifeTruth{truthOf: of("life"), Stratum: l.Stratum, From: alerting.Time(l.From), To: alerting.Time(l.To)}
	for t := range l.Turns() {
		life.Path = append(life.Path, turn(t))
	}
	lines := json.NewEncoder(w)
	err := lines.Encode(life)
	for _, s := range l.Stays {
		if err == nil {
			err = lines.Encode(stayTruth{of("stay"), alerting.Time(s.Entered), alerting.Time(s.Left), geofence.Round(s.Depth)})
		}
	}
	for _, e := range l.Events {
		if err == nil {
			err = lines.Encode(eventTruth{of("event"), e.Kind, alerting.Time(e.From), alerting.Time(e.To)})
		}
	}
	return err
}
