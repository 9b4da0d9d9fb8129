package alerting

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"cordon/geofence"
)

// ruledWith is the rule set default with a table of probabilities.
func ruledWith(t *testing.T, classes ...Truth) *Rules {
	t.Helper()
	rules := DefaultRules()
	rules.Probability = Probabilities{Source: "a test", Classes: classes}
	data, err := rules.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if rules, err = ParseRules(data); err != nil {
		t.Fatal(err)
	}
	return rules
}

func truth(kind Kind, reason Reason, profile string, from, to, share float64) Truth {
	c := Truth{Kind: kind, Reason: reason, ZoneKind: geofence.Exclusion, Profile: profile, DepthFromM: from, Share: share, N: 200}
	if to > 0 {
		c.DepthToM = &to
	}
	return c
}

func TestProbability_isThatOfTheClassOfTheAlert(t *testing.T) {
	rules := ruledWith(t,
		truth(BreachSuspected, Inside, "default", 0, 10, 0.1), truth(BreachSuspected, Inside, "default", 10, 100, 0.2),
		truth(BreachSuspected, Inside, "default", 100, 0, 0.3), truth(BreachSuspected, Inside, "beside_home", 0, 0, 0.4),
		truth(BreachSuspected, ScheduleBegan, "default", 0, 0, 0.5), truth(Breach, Deep, "default", 0, 0, 0.6),
		truth(Breach, LostInside, "default", 10, 100, 0.7))
	for _, c := range []struct {
		name  string
		zone  *geofence.Zone
		steps []string
		want  string // of each suspicion and breach; - for none
	}{
		{"by depth: 3 m, then a deep one", school(1), []string{"10:00:00 far", "10:01:00 line", "10:01:10 deep", "10:01:40 deep"}, "0.1 0.6"},
		{"11 m", school(1), []string{"10:00:00 far", "10:01:00 in"}, "0.2"},
		{"557 m", school(1), []string{"10:00:00 far", "10:01:00 deep"}, "0.3"},
		{"no such class: long", school(1), []string{"10:00:00 far", "10:01:00 in", "10:03:00 in"}, "0.2 -"},
		{"silence goes by the last fix that decided", school(1), []string{"10:00:00 far", "10:01:00 in", "10:02:00 cell", "10:30:00"}, "0.2 0.7"},
		{"another profile", ruledBy("beside_home", school(1)), []string{"10:00:00 far", "10:01:00 in", "10:02:00 deep"}, "0.4"},
		{"a profile that the rules lack counts as default", ruledBy("none", school(1)), []string{"10:00:00 far", "10:01:00 in"}, "0.2"},
		{"as a timetable begins", at8to17(school(1)), []string{"07:58:00 in", "08:01:00"}, "0.5"},
		{"not of late pings", school(1), []string{"10:00:00 far", "09:00:00<10:00:10 deep", "09:06:00<10:00:20 deep"}, "- -"},
	} {
		_, alerts := told(t, geofence.NewView([]geofence.ZoneRevision{zoneRevision("00:00:00", c.zone)}, nil), rules, c.steps...)
		var got []string
		for _, a := range alerts {
			switch {
			case a.Kind != Breach && a.Kind != BreachSuspected:
			case a.Probability == nil:
				got = append(got, "-")
			default:
				got = append(got, fmt.Sprint(*a.Probability))
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestProbability_isNotSaidOfAnotherKindOfZone(t *testing.T) {
	home := school(1)
	home.Kind = geofence.Inclusion
	_, alerts := told(t, geofence.NewView([]geofence.ZoneRevision{zoneRevision("00:00:00", home)}, nil),
		ruledWith(t, truth(Breach, Deep, "default", 0, 0, 0.6)), "10:00:00 deep", "10:01:00 far", "10:02:00 far")
	if a := alerts[len(alerts)-1]; a.Kind != Breach || a.Reason != Deep || a.Probability != nil {
		t.Errorf("%+v", a)
	}
}

func TestParseRules_refusesAProbabilityThatCannotBe(t *testing.T) {
	for want, change := range map[string]func(*Probabilities){
		"source has 0 bytes":       func(p *Probabilities) { p.Source = "" },
		"share is 1.5":             func(p *Probabilities) { p.Classes[0].Share = 1.5 },
		"n is 0":                   func(p *Probabilities) { p.Classes[0].N = 0 },
		`profile "none"`:           func(p *Probabilities) { p.Classes[0].Profile = "none" },
		`zone_kind ""`:             func(p *Probabilities) { p.Classes[0].ZoneKind = "" },
		`kind "breach_ended"`:      func(p *Probabilities) { p.Classes[0].Kind = BreachEnded },
		`with reason "left"`:       func(p *Probabilities) { p.Classes[0].Reason = Left },
		"depth_from_m -1":          func(p *Probabilities) { p.Classes[0].DepthFromM = -1 },
		"depth_from_m 10, depth_t": func(p *Probabilities) { p.Classes[0].DepthFromM = 10 },
		"hold the same depths":     func(p *Probabilities) { p.Classes = append(p.Classes, truth(Breach, Deep, "default", 9, 0, 0.5)) },
	} {
		rules := DefaultRules()
		rules.Probability = Probabilities{Source: "a test", Classes: []Truth{truth(Breach, Deep, "default", 0, 10, 0.5)}}
		change(&rules.Probability)
		data, err := rules.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseRules(data); !errors.Is(err, ErrRules) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
