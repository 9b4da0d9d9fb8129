package rivals

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"cordon/alerting"
	"cordon/ingest"
)

// sequence reads fixes "seconds:metres", a satellite fix of 5 m each; c after it makes it a cell fix of 300 m, w one by
// wifi of 40 m, x a satellite fix of 60 m, s one by a tag that says it does not move; @s an appended time other than the fix
// time. The zone's edge lies on the equator.
func sequence(t *testing.T, words string) []Sight {
	t.Helper()
	var all []Sight
	newest := int64(never)
	for _, word := range strings.Fields(words) {
		s := Sight{Radius: 5}
		word, appended, other := strings.Cut(word, "@")
		var seconds, metres float64
		var letter string
		if n, _ := fmt.Sscanf(word, "%f:%f%s", &seconds, &metres, &letter); n < 2 {
			t.Fatalf("%q is no fix", word)
		}
		s.Time, s.Distance = int64(1000*seconds), metres
		s.Appended, s.Fix = s.Time, &alerting.Fix{Lat: metres / 110_574}
		if other {
			var at float64
			if _, err := fmt.Sscanf(appended, "%f", &at); err != nil {
				t.Fatal(err)
			}
			s.Appended = int64(1000 * at)
		}
		switch letter {
		case "c":
			s.Source, s.Radius = ingest.Cell, 300
		case "w":
			s.Source, s.Radius = ingest.WiFi, 40
		case "x":
			s.Radius = 60
		case "s":
			s.Still = true
		}
		if s.Source == ingest.GNSS {
			s.Late = s.Time < newest
			newest = max(newest, s.Time)
		}
		all = append(all, s)
	}
	return all
}

// say folds a sequence and writes what the rule said: s suspected, c cleared, O opened, E ended, with the second.
func say(r Rule, sights []Sight, until float64) string {
	var events []Event
	for i := range sights {
		events = r.Ping(events, &sights[i])
	}
	events = r.Wait(events, int64(1000*until))
	var words []string
	for _, e := range events {
		word := fmt.Sprintf("%c%g", " scOE"[e.Kind], float64(e.Time)/1000)
		if e.Reason != "" {
			word += ":" + string(e.Reason)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestRules_sayWhatTheirNamesPromise(t *testing.T) {
	built := alerting.DefaultRules().Profiles
	ours := func() Rule { p := built["default"]; return NewDeepOrLong(&p) }
	beside := func() Rule { p := built["beside_home"]; return NewDeepOrLong(&p) }
	row := func(f Fixes, of int) func() Rule {
		return func() Rule { return &InARow{Fixes: f, Of: of} }
	}
	apart := func() Rule { return NewApart(built["default"]) }
	wary := func() Rule { return NewWary(built["default"]) }
	bayes := func() Rule { return &Bayes{Sure: 0.99, TemperS: 60, Visits: 1, Outlier: 0.001} }
	noise := Noise{FloorM: 1.5, Factor: 1.3, RepeatS: 60, Outlier: 0.001, OutlierM: 2000, Canyon: 0.01, CanyonS: 270, BiasM: 65}
	told := func() Rule { return &Told{Sure: 0.99, Reluctance: 0.1, Noise: noise} }
	const warm = "-120:500 -60:500 " // so that no run is cold
	for _, c := range []struct {
		name        string
		rule        func() Rule
		fixes, want string
	}{
		{"polygon, all: a cell fix opens and ends", row(AllPings, 1), "0:100 60:-5c 120:-5 180:9c", "O60 E180"},
		{"polygon, all: passes over what is older", row(AllPings, 1), "60:-5 0:100 120:-5", "O60"},
		{"polygon: the edge is inside", row(Satellite, 1), "0:100 60:0 120:0.01", "O60 E120"},
		{"polygon, satellite: no cell fix counts", row(Satellite, 1), "0:100 60:-5c 120:-5 180:9c", "O120"},
		{"polygon, satellite: nor a late one", row(Satellite, 1), "60:100 0:-5 120:100", ""},
		{"below 50 m: by what is claimed, of any source", row(Accurate, 1), "0:-5x 60:-5w 120:9c", "O60"},
		{"2 in a row: one outside between begins anew", row(Satellite, 2), "0:-5 15:5 30:-5 45:-5 60:5 75:-5 90:5 105:5", "O45 E105"},
		{"2 in a row, all: cell fixes too", row(AllPings, 2), "0:-5c 15:-5", "O15"},
		{"3 in a row", row(Satellite, 3), "0:-5 15:-5 30:-5 45:9 60:9 75:9", "O30 E75"},
		{"5th point opens, 5 outside end", row(Satellite, 5), "0:-5 15:-5 30:-5 45:-5 60:-5 75:9 90:9 105:9 120:9 135:9", "O60 E135"},
		{"Bayes: one fix is not enough", bayes, warm + "0:-60 60:90", ""},
		{"Bayes: fixes a minute apart are", bayes, warm + "0:-60 60:-60 120:-60 180:-60 240:90 300:90 360:90 420:90", "O60 E300"},
		{"Bayes: the same error seen again is tempered", bayes, warm + "0:-60 1:-60 2:-60 3:-60 4:-60", ""},
		{"told: a lone outlier says nothing", told, warm + "0:300 60:-60 120:300 180:300", ""},
		{"told: a bias of a minute is one error", told, warm + "0:90 15:-20 30:-20 45:-20 60:90 120:90", ""},
		{"told: minutes well inside are no bias", told, warm + "0:90 60:10 120:-60 180:-120 240:-130 300:-130 360:-130 420:40 480:90 540:200 600:400", "O240 E480"},
		{"ours: a fix inside suspects, one outside clears", ours, warm + "0:-3 15:20", "s0 c15"},
		{"ours: deep after half a minute", ours, warm + "0:-40 15:-40 30:-40", "s0 O30:deep"},
		{"ours: long after two minutes", ours, warm + "0:-10 60:-10 120:-10", "s0 O120:long"},
		{"ours: a cell fix neither raises nor clears", ours, warm + "0:-40c 15:-40 30:99c 45:-40", "s15 O45:deep"},
		{"ours: nor does a coarse one", ours, warm + "0:-70x 15:-40 30:99x 45:-40", "s15 O45:deep"},
		{"ours: nor a late one", ours, warm + "0:-40 15:-40 -10:99 30:-40", "s0 O30:deep"},
		{"ours: on the line nothing is confirmed", ours, warm + "0:-3 60:-3 120:-3 180:-3", "s0"},
		{"ours: cold, only five minutes confirm", ours, "0:-40 60:-40 120:-40 240:-40 300:-40", "s0 O300:long"},
		{"ours: two outside a minute apart end", ours, warm + "0:-40 30:-40 45:9 60:-40 75:9 90:9 135:9", "s0 O30:deep E135"},
		{"ours: silence confirms at its deadline", ours, warm + "0:-40", "s0 O300:lost_inside"},
		{"ours: silence is told by when pings were appended", ours, warm + "0:-40@20 15:90@200", "s0 c15"},
		{"ours: a gap confirms when the next fix shows it", ours, warm + "0:-40@20 301:90@30 400:90@100", "s0 O300:lost_inside E400"},
		{"ours: not before 2.5 of the tag's own intervals", ours, "-7200:500 -3600:500 0:-40@0 3600:500", "s0 c3600"},
		{"ours: the last two have to be deep", ours, warm + "0:-10 15:-40 30:-40", "s0 O30:deep"},
		{"ours beside home: deep after 40 s, at 30 m", beside, warm + "0:-35 30:-35 45:-35", "s0 O45:deep"},
		{"ours beside home: long after two", beside, warm + "0:-25 60:-25 120:-25", "s0 O120:long"},
		{"apart: counted from the first deep fix of those in a row", apart, warm + "0:-10 15:-40 30:-40 40:-10 50:-40 74:-40 75:-40", "s0 O75:deep"},
		{"apart: long as ours", apart, warm + "0:-10 60:-10 120:-40", "s0 O120:long"},
		{"apart: all is forgotten outside", apart, warm + "0:-40 15:-40 20:9 30:-40 45:-40 55:-40", "s0 c20 s30 O55:deep"},
		{"wary: who walks in", wary, warm + "-15:10 0:-10 15:-30 30:-40", "s0 O30:deep"},
		{"wary: a leap takes a minute", wary, warm + "-15:10 0:-40 15:-40 30:-40 54:-40 55:-40", "s0 O55:deep"},
		{"wary: who has not moved since takes five", wary, warm + "-15:10s 0:-10s 15:-30s 120:-40s 300:-40s", "s0 O300:deep"},
		{"wary: until the tag says that it moves", wary, warm + "-15:10s 0:-10s 15:-30s 30:-40 45:-40s", "s0 O30:deep"},
	} {
		if got := say(c.rule(), sequence(t, c.fixes), 2000); got != c.want {
			t.Errorf("%s: said %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRules_allocateNothing(t *testing.T) {
	p := alerting.DefaultRules().Profiles["default"]
	sights := sequence(t, "0:500 60:-40 90:-40 120:9c 150:500 210:500")
	for name, r := range map[string]Rule{"row": &InARow{Of: 2}, "bayes": &Bayes{Sure: 0.99, TemperS: 60, Visits: 1, Outlier: 0.001}, "ours": NewDeepOrLong(&p), "apart": NewApart(p), "wary": NewWary(p)} {
		events := make([]Event, 0, 64)
		if n := testing.AllocsPerRun(100, func() {
			for i := range sights {
				events = r.Ping(events[:0], &sights[i])
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestTold_movingLosesNoChance(t *testing.T) {
	var src grid
	before := 0.0
	for i := range src {
		for b := range src[i] {
			src[i][b] = float64((i + b) % 7)
			before += src[i][b]
		}
	}
	for _, keep := range []float64{0.1, 0.6, 0.99} {
		var dst grid
		spread(&dst, &src, places, keep)
		after := 0.0
		for i := range dst {
			for _, c := range dst[i] {
				after += c
			}
		}
		if math.Abs(after-before) > 1e-9*before {
			t.Errorf("keep %v: %v became %v", keep, before, after)
		}
	}
}
