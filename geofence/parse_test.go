package geofence

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

const square = `{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}`

const secret = "Mrs Secret, 7 Acacia Avenue"

// feature writes a Feature with the properties added to what every zone needs.
func feature(id, geometry, properties string) string {
	if properties != "" {
		properties = "," + properties
	}
	return fmt.Sprintf(`{"type":"Feature","id":%q,"geometry":%s,"properties":{"applies_to":"everyone","name":%q%s}}`,
		id, geometry, secret, properties)
}

func polygon(rings string) string { return `{"type":"Polygon","coordinates":[` + rings + `]}` }

func multi(polygons string) string { return `{"type":"MultiPolygon","coordinates":[` + polygons + `]}` }

const (
	shell  = `[[0,0],[10,0],[10,10],[0,10],[0,0]]`
	circle = `{"type":"Point","coordinates":[-0.1,51.5]}`
)

func problems(t *testing.T, err error) []Problem {
	t.Helper()
	invalid, ok := errors.AsType[*Invalid](err)
	if !ok {
		t.Fatalf("error is %v, not an *Invalid", err)
	}
	return invalid.Problems
}

func TestParseZones_refuses(t *testing.T) {
	tests := []struct {
		name     string
		geometry string
		props    string
		reason   string // part of the problem's reason; "" when it is to be accepted
	}{
		{"empty ring", polygon(`[]`), ``, "empty ring"},
		{"no ring", polygon(``), ``, "no ring"},
		{"no member", multi(``), ``, "is empty"},
		{"member without a ring", multi(`[` + shell + `],[]`), ``, "polygon 2 has no ring"},
		{"unclosed ring", polygon(`[[0,0],[1,0],[1,1],[0,1]]`), ``, "not closed"},
		{"three positions", polygon(`[[0,0],[1,1],[0,0]]`), ``, "3 positions, fewer than 4"},
		{"latitude out of range", polygon(`[[0,0],[1,0],[1,90.1],[0,0]]`), ``, "position 3 of the shell is out of range"},
		{"longitude out of range", polygon(`[[0,0],[-180.5,0],[1,1],[0,0]]`), ``, "out of range"},
		{"number beyond float64", polygon(`[[0,0],[1e999,0],[1,1],[0,0]]`), ``, "out of range"},
		{"null in a position", polygon(`[[0,0],[null,0],[1,1],[0,0]]`), ``, "coordinates are not those of a Polygon"},
		{"string in a position", polygon(`[[0,0],["1",0],[1,1],[0,0]]`), ``, "coordinates are not those of a Polygon"},
		{"position of one number", polygon(`[[0],[1,0],[1,1],[0,0]]`), ``, "coordinates are not those of a Polygon"},
		{"too shallow", `{"type":"Polygon","coordinates":[[0,0],[1,0]]}`, ``, "coordinates are not those of a Polygon"},
		{"too deep", multi(`[[` + shell + `]]`), ``, "coordinates are not those of a MultiPolygon"},
		{"no coordinates", `{"type":"Polygon"}`, ``, "coordinates are not those of a Polygon"},
		{"altitude is passed over", polygon(`[[0,0,5],[1,0,5],[1,1,5],[0,0,5]]`), ``, ""},
		{"clockwise shell", polygon(`[[0,0],[0,1],[1,1],[1,0],[0,0]]`), ``, ""},

		//   \/
		//   /\      a figure of eight
		{"self-crossing ring", polygon(`[[0,0],[2,2],[2,0],[0,2],[0,0]]`), ``, "the shell crosses itself"},
		{"self-touching ring", polygon(`[[0,0],[4,0],[4,4],[2,0],[0,4],[0,0]]`), ``, "touches itself"},
		{"vertex visited twice", polygon(`[[0,0],[2,2],[4,0],[4,4],[2,2],[0,4],[0,0]]`), ``, "touches itself"},
		{"spike", polygon(`[[0,0],[4,0],[4,4],[6,4],[4,4],[0,4],[0,0]]`), ``, "the shell touches itself"},
		{"line out and back", polygon(`[[0,0],[4,0],[4,4],[6,4],[3,4],[0,4],[0,0]]`), ``, "the shell"},
		{"zero area", polygon(`[[0,0],[1,1],[2,2],[0,0]]`), ``, "zero area"},
		{"one place", polygon(`[[1,1],[1,1],[1,1],[1,1]]`), ``, "zero area"},

		//  +-----+
		//  |  +--|--+
		//  |  +--|--+
		//  +-----+
		{"hole across its shell", polygon(shell + `,[[5,5],[15,5],[15,6],[5,6],[5,5]]`), ``, "hole 1 and the shell cross"},
		{"hole across its shell through vertices", polygon(`[[0,0],[5,0],[10,0],[10,10],[5,10],[0,10],[0,0]],[[5,0],[6,-5],[20,5],[5,10],[5,0]]`), ``, "hole 1"},
		{"hole outside its shell", polygon(shell + `,[[20,20],[21,20],[21,21],[20,20]]`), ``, "hole 1 lies outside its shell"},
		{"hole around its shell", polygon(`[[4,4],[5,4],[5,5],[4,4]],` + shell), ``, "hole 1 lies outside its shell"},
		{"hole along its shell's edge", polygon(shell + `,[[0,2],[2,2],[2,4],[0,4],[0,2]]`), ``, "share a stretch of edge"},
		{"hole touching its shell at a point", polygon(shell + `,[[0,5],[5,2],[5,8],[0,5]]`), ``, ""},
		{"hole touching its shell at a vertex", polygon(shell + `,[[0,0],[5,2],[2,5],[0,0]]`), ``, ""},
		{"holes that cross", polygon(shell + `,[[1,1],[5,1],[5,5],[1,5],[1,1]],[[3,3],[7,3],[7,7],[3,7],[3,3]]`), ``, "hole 1 and hole 2 cross or overlap"},
		{"hole in a hole", polygon(shell + `,[[1,1],[8,1],[8,8],[1,8],[1,1]],[[3,3],[7,3],[7,7],[3,7],[3,3]]`), ``, "hole 2 and hole 1 overlap"},
		{"holes that are the same", polygon(shell + `,[[1,1],[8,1],[8,8],[1,1]],[[1,1],[8,1],[8,8],[1,1]]`), ``, "share a stretch"},
		{"holes that share an edge", polygon(shell + `,[[1,1],[3,1],[3,3],[1,3],[1,1]],[[3,1],[5,1],[5,3],[3,3],[3,1]]`), ``, "share a stretch"},
		{"holes that touch at a point", polygon(shell + `,[[1,1],[3,1],[3,3],[1,3],[1,1]],[[3,3],[5,3],[5,5],[3,5],[3,3]]`), ``, ""},

		{"members that overlap", multi(`[` + shell + `],[[[5,5],[15,5],[15,15],[5,15],[5,5]]]`), ``, "members 1 and 2 cross or overlap"},
		{"member in a member", multi(`[` + shell + `],[[[5,5],[6,5],[6,6],[5,5]]]`), ``, "members 2 and 1 overlap"},
		{"members that are the same", multi(`[` + shell + `],[` + shell + `]`), ``, "members 1 and 2 share"},
		{"members that share an edge", multi(`[` + shell + `],[[[10,0],[20,0],[20,10],[10,10],[10,0]]]`), ``, "members 1 and 2 share"},
		{"members that touch", multi(`[` + shell + `],[[[10,10],[20,10],[20,20],[10,10]]]`), ``, ""},
		{"island in a hole", multi(`[` + shell + `,[[1,1],[9,1],[9,9],[1,9],[1,1]]],[[[5,5],[6,5],[6,6],[5,5]]]`), ``, ""},

		{"across the antimeridian", polygon(`[[179,0],[-179,0],[-179,1],[179,1],[179,0]]`), ``, "more than 180 degrees"},
		{"split at the antimeridian", multi(`[[[179,0],[180,0],[180,1],[179,0]]],[[[-180,0],[-179,0],[-179,1],[-180,0]]]`), ``, ""},

		{"radius without a Point", square, `"radius_m":10`, "radius_m without a Point"},
		{"Point without a radius", circle, ``, "a Point without radius_m"},
		{"radius below 1", circle, `"radius_m":0.9`, "radius_m is not a number in range"},
		{"radius above 100,000", circle, `"radius_m":100001`, "radius_m is not a number in range"},
		{"radius as a string", circle, `"radius_m":"10"`, "radius_m is not a number in range"},
		{"Point out of range", `{"type":"Point","coordinates":[0,91]}`, `"radius_m":10`, "out of range"},
		{"a line", `{"type":"LineString","coordinates":[[0,0],[1,1]]}`, ``, "none that a zone can have"},
		{"no geometry", `null`, ``, "there is no geometry"},

		{"unknown kind", square, `"kind":"exclusive"`, "kind is not a word"},
		{"unknown severity", square, `"severity":"Critical"`, "severity is not a word"},
		{"rule that is no name", square, `"rule":"Beside home"`, "rule is not the name"},
		{"empty rule", square, `"rule":""`, "rule is not the name"},
		{"name that is no string", square, `"name":7`, "name is not a string"},
		{"negative buffer", square, `"buffer_m":-1`, "buffer_m is not a number in range"},
		{"buffer above 5000", square, `"buffer_m":5000.5`, "buffer_m is not a number in range"},
		{"buffer of an inclusion zone", square, `"kind":"inclusion","buffer_m":5`, "no buffer_m"},
		{"no buffer of an inclusion zone", square, `"kind":"inclusion","buffer_m":0`, ""},
		{"inclusion with nothing else", square, `"kind":"inclusion"`, ""},

		{"empty list of wearers", square, `"applies_to":{"wearers":[]}`, "applies_to.wearers is empty"},
		{"empty list of cohorts", square, `"applies_to":{"cohorts":[]}`, "applies_to.cohorts is empty"},
		{"applies to nobody", square, `"applies_to":{}`, "applies_to names nobody"},
		{"applies to some", square, `"applies_to":"some"`, "applies_to is neither"},
		{"applies_to null", square, `"applies_to":null`, "applies_to is missing"},
		{"misspelt audience", square, `"applies_to":{"wearers":["a"],"cohort":["b"]}`, "applies_to.cohort is unknown"},
		{"empty wearer", square, `"applies_to":{"wearers":[""]}`, "applies_to.wearers[0] is not a name"},
		{"wearer that is no string", square, `"applies_to":{"wearers":[5]}`, "applies_to.wearers[0] is not a name"},

		{"active_from after active_to", square, `"active_from":"2026-02-01T00:00:00Z","active_to":"2026-01-01T00:00:00Z"`, "active_from is not before active_to"},
		{"active_from at active_to", square, `"active_from":"2026-01-01T00:00:00Z","active_to":"2026-01-01T00:00:00Z"`, "active_from is not before active_to"},
		{"active_from without a zone", square, `"active_from":"2026-01-01T00:00:00"`, "active_from is not a time"},
		{"active_to as a number", square, `"active_to":5`, "active_to is not a string"},
		{"unknown time zone", square, `"timezone":"Europe/Londno"`, "timezone is not known"},
		{"the machine's time zone", square, `"timezone":"Local"`, "timezone is not known"},
		{"empty time zone", square, `"timezone":""`, "timezone is not known"},
		{"empty schedule", square, `"schedule":[]`, "schedule is empty"},
		{"schedule that is no list", square, `"schedule":{}`, "schedule is not a list"},
		{"window without days", square, `"schedule":[{"from":"08:00","to":"09:00"}]`, "schedule[0].days names no day"},
		{"window with no day", square, `"schedule":[{"days":[],"from":"08:00","to":"09:00"}]`, "schedule[0].days names no day"},
		{"window on an unknown day", square, `"schedule":[{"days":["Mon"],"from":"08:00","to":"09:00"}]`, "schedule[0].days[0] is not a day"},
		{"window at an impossible time", square, `"schedule":[{"days":["mon"],"from":"08:60","to":"09:00"}]`, "schedule[0].from is not a time of day"},
		{"window to 24:00", square, `"schedule":[{"days":["mon"],"from":"08:00","to":"24:00"}]`, "schedule[0].to is not a time of day"},
		{"window with a short time", square, `"schedule":[{"days":["mon"],"from":"8:00","to":"09:00"}]`, "schedule[0].from is not a time of day"},
		{"window without an end", square, `"schedule":[{"days":["mon"],"from":"08:00"}]`, "schedule[0].to is not a time of day"},
		{"window with something else", square, `"schedule":[{"days":["mon"],"from":"08:00","to":"09:00","timezone":"UTC"}]`, "schedule[0].timezone is unknown"},
		{"exception that ends before it begins", square, `"exceptions":[{"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}]`, "exceptions[0].from is not before to"},
		{"exception without an end", square, `"exceptions":[{"from":"2026-01-02T00:00:00Z"}]`, "exceptions[0].from is not before to"},
		{"exception without a beginning", square, `"exceptions":[{"to":"2026-01-02T00:00:00Z"}]`, "exceptions[0].from is not before to"},
		{"timetable that never applies: exception", square, `"active_from":"2026-01-01T00:00:00Z","active_to":"2026-02-01T00:00:00Z",
			"exceptions":[{"from":"2025-01-01T00:00:00Z","to":"2026-02-01T00:00:00Z"}]`, "never applies"},
		{"timetable that never applies: schedule", square, `"active_from":"2026-01-05T00:00:00Z","active_to":"2026-01-06T00:00:00Z",
			"schedule":[{"days":["sat"],"from":"08:00","to":"09:00"}]`, "never applies"},
		{"timetable that applies once", square, `"active_from":"2026-01-05T00:00:00Z","active_to":"2026-01-06T00:00:00Z",
			"schedule":[{"days":["mon"],"from":"08:00","to":"09:00"}]`, ""},

		{"misspelt buffer_m", square, `"buffer":50`, "buffer looks like buffer_m misspelt"},
		{"misspelt severity", square, `"serverity":"info"`, "serverity looks like severity misspelt"},
		{"misspelt schedule", square, `"Schedule":null`, "Schedule looks like schedule misspelt"},
		{"camel case", square, `"activeFrom":"2026-01-01T00:00:00Z"`, "activeFrom looks like active_from misspelt"},
		{"swapped letters", square, `"knid":"inclusion"`, "knid looks like kind misspelt"},
		{"properties of others", square, `"ward":"Aldgate","borough_code":"E09000001","fill-opacity":0.5,"id":3`, ""},
		{"what the store adds", square, `"revision":3,"updated_time":"2026-01-01T00:00:00.000Z"`, ""},
		{"null is absent", square, `"severity":null,"schedule":null,"buffer_m":null,"radius_m":null`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := feature("z-1", tt.geometry, tt.props)
			zones, _, err := ParseZones([]byte(doc))
			if tt.reason == "" {
				if err != nil || len(zones) != 1 {
					t.Fatalf("%d zones, %v", len(zones), err)
				}
				return
			}
			list := problems(t, err)
			if len(list) != 1 || list[0].Feature != "z-1" || list[0].Remedy == "" || !strings.Contains(list[0].Reason, tt.reason) {
				t.Errorf("problems %+v, want one of z-1 with %q and a remedy", list, tt.reason)
			}
			if zones != nil {
				t.Errorf("%d zones in spite of the error", len(zones))
			}
			if text := err.Error(); strings.Contains(text, "Secret") || strings.Contains(text, "\n") {
				t.Errorf("error is %q", text)
			}
		})
	}
}

func TestParseZones_refusesDocuments(t *testing.T) {
	good := feature("a", square, "")
	for _, tt := range []struct{ name, doc, feature, reason string }{
		{"nothing", ``, "document", "not a JSON object"},
		{"text", `hello`, "document", "not a JSON object"},
		{"a list", `[]`, "document", "not a JSON object"},
		{"a bare geometry", square, "document", "type is not Feature or FeatureCollection"},
		{"a collection of nothing", `{"type":"FeatureCollection"}`, "document", "there are no features"},
		{"features that are no list", `{"type":"FeatureCollection","features":{"a":[1]}}`, "document", "there are no features"},
		{"two documents", good + good, "document", "something follows"},
		{"cut off in the second feature", `{"type":"FeatureCollection","features":[` + good + `,{"type":"Fea`, "#2", "not valid JSON"},
		{"NaN in the second feature", `{"type":"FeatureCollection","features":[` + good + `,` + strings.ReplaceAll(good, "[1,1]", "[NaN,1]") + `]}`, "#2", "not valid JSON"},
		{"a feature that is no object", `{"type":"FeatureCollection","features":[` + good + `,7]}`, "#2", "not a JSON object"},
		{"a geometry among features", `{"type":"FeatureCollection","features":[` + square + `]}`, "#1", "type is not Feature"},
		{"no id", strings.Replace(good, `"id":"a",`, ``, 1), "#1", "id is missing"},
		{"a number for an id", strings.Replace(good, `"id":"a"`, `"id":7`, 1), "#1", "id is not a string"},
		{"an empty id", feature("", square, ""), "#1", "id is empty"},
		{"a long id", feature(strings.Repeat("x", 65), square, ""), "#1", "id is longer than 64"},
		{"an id of two lines", strings.Replace(good, `"id":"a"`, `"id":"a\nb"`, 1), "#1", "control characters"},
		{"an id twice", `{"type":"FeatureCollection","features":[` + good + `,` + feature("b", square, "") + `,` + good + `]}`, "a", "features #1 and #3 have the same id"},
	} {
		_, _, err := ParseZones([]byte(tt.doc))
		list := problems(t, err)
		if list[0].Feature != tt.feature || !strings.Contains(list[0].Reason, tt.reason) || list[0].Remedy == "" {
			t.Errorf("%s: problems %+v, want %s: %s", tt.name, list, tt.feature, tt.reason)
		}
	}
}

func TestParseZones_findsEveryProblemOfEveryFeature(t *testing.T) {
	doc := `{"type":"FeatureCollection","features":[` + strings.Join([]string{
		feature("a", polygon(`[[0,0],[1,0],[1,1],[0,1]]`), `"kind":"x","buffer":5`),
		feature("good", square, ""),
		feature("b", square, `"severity":"x"`),
		`{"type":"Feature","geometry":` + square + `,"properties":{"applies_to":"everyone"}}`,
		feature("c", polygon(`[]`), ""),
	}, ",") + `]}`
	_, _, err := ParseZones([]byte(doc))
	var got []string
	for _, p := range problems(t, err) {
		got = append(got, p.Feature)
	}
	if want := []string{"a", "a", "a", "b", "#4", "c"}; !reflect.DeepEqual(got, want) {
		t.Errorf("problems of %v, want %v", got, want)
	}
	if text := err.Error(); !strings.HasSuffix(text, "and 3 more") || strings.Contains(text, "\n") {
		t.Errorf("error is %q", text)
	}
}

func TestParseZones_dropsRepeatedNeighboursWithANotice(t *testing.T) {
	zones, notices, err := ParseZones([]byte(feature("z", polygon(`[[0,0],[0,0],[1,0],[1,1],[1,1],[1,1],[0,1],[0,0],[0,0]]`), "")))
	if err != nil {
		t.Fatal(err)
	}
	want := orb.Ring{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}
	if got := zones[0].Shape.Polygons[0][0]; !got.Equal(want) {
		t.Errorf("ring %v, want %v", got, want)
	}
	if len(notices) != 1 || notices[0].Feature != "z" || !strings.Contains(notices[0].Text, "4 repeated") {
		t.Errorf("notices %v", notices)
	}
}

func TestParseZones_limitsVertices(t *testing.T) {
	write := func(n int) []byte {
		z := Zone{ID: "z", Audience: Audience{Everyone: true}, Location: in(t, defaultTimezone), Shape: Shape{Polygons: orb.MultiPolygon{{circleOf(n, 0, 50, 1)}}}}
		return z.AppendJSON(nil)
	}
	if _, _, err := ParseZones(write(maxVertices)); err != nil {
		t.Errorf("100,000 vertices: %v", err)
	}
	_, _, err := ParseZones(write(maxVertices + 1))
	if list := problems(t, err); len(list) != 1 || !strings.Contains(list[0].Reason, "100001 vertices") {
		t.Errorf("100,001 vertices: %v", list)
	}
}

func TestParseZones_readsEverything(t *testing.T) {
	doc := `{"type":"Feature","bbox":[0,0,1,1],"title":"foreign","id":"z","features":{"foreign":[1]},"geometry":{"type":"Point","coordinates":[-0.1,51.5]},
		"properties":{"kind":"exclusion","name":"x","applies_to":{"wearers":["w2","w1","w2"],"cohorts":["c"]},"buffer_m":250.5,"radius_m":100,
		"active_from":"2026-01-01T01:00:00+01:00","active_to":"2027-01-01T00:00:00.5Z","timezone":"America/New_York",
		"schedule":[{"days":["mon","sun"],"from":"22:00","to":"06:30"}],
		"exceptions":[{"from":"2026-02-01T00:00:00Z","to":"2026-02-02T00:00:00Z","reason":"court"}],"severity":"serious","rule":"beside_home"}}`
	zones, notices, err := ParseZones([]byte("\ufeff" + doc))
	if err != nil || len(notices) > 0 {
		t.Fatal(err, notices)
	}
	want := &Zone{
		ID: "z", Kind: Exclusion, Name: "x", Audience: Audience{Wearers: []string{"w2", "w1"}, Cohorts: []string{"c"}},
		Shape: Shape{Center: orb.Point{-0.1, 51.5}, Radius: 100}, BufferM: 250.5,
		ActiveFrom: instant(t, "2026-01-01T00:00:00Z"), ActiveTo: instant(t, "2027-01-01T00:00:00.5Z"),
		Schedule: []Window{{on(time.Sunday, time.Monday), hm(22, 0), hm(6, 30)}}, Location: in(t, "America/New_York"),
		Exceptions: []Exception{{instant(t, "2026-02-01T00:00:00Z"), instant(t, "2026-02-02T00:00:00Z"), "court"}},
		Severity:   Serious, Rule: "beside_home",
	}
	if !reflect.DeepEqual(zones[0], want) {
		t.Errorf("zone\n%+v, want\n%+v", zones[0], want)
	}
	again, err := ParseZone(zones[0].AppendJSON(nil))
	if err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("read back\n%+v (%v), want\n%+v", again, err, want)
	}
}

func TestZone_AppendJSON_writesOnlyWhatIsNotDefault(t *testing.T) {
	zones, _, err := ParseZones([]byte(feature("z", square, `"severity":"critical","kind":"exclusion","buffer_m":0,"timezone":"Europe/London","rule":"default","revision":4,"ward":"x"`)))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"Feature","id":"z","geometry":` + square + `,"properties":{"applies_to":"everyone","name":"` + secret + `"}}`
	if got := string(zones[0].AppendJSON(nil)); got != want {
		t.Errorf("wrote\n%s, want\n%s", got, want)
	}
}

func FuzzParseZones(f *testing.F) {
	f.Add([]byte(feature("z", square, `"schedule":[{"days":["mon"],"from":"08:00","to":"07:00"}],"exceptions":[{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}]`)))
	f.Add([]byte(feature("z", circle, `"radius_m":10,"applies_to":{"wearers":["w"]}`)))
	f.Add([]byte(`{"type":"FeatureCollection","features":[` + feature("a", multi(`[`+shell+`,[[0,5],[5,2],[5,8],[0,5]]],[[[10,10],[20,10],[20,20],[10,10]]]`), "") + `]}`))
	f.Add([]byte(feature("z", polygon(`[[0,0],[2,2],[2,0],[0,2],[0,0]]`), `"kind":"inclusion"`)))
	f.Add([]byte(feature("z", polygon(`[[1e-300,0],[2,2e-310],[2,0],[-0,2],[1e-300,0]]`), `"active_to":"0001-01-01T00:00:00+23:00"`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		zones, _, err := ParseZones(data)
		if err != nil {
			if text := err.Error(); strings.Contains(text, "\n") {
				t.Errorf("an error of two lines: %q", text)
			}
			return
		}
		for _, z := range zones {
			doc := z.AppendJSON(nil)
			again, err := ParseZone(doc)
			if err != nil || !reflect.DeepEqual(again, z) {
				t.Errorf("%s read back: %v\n%+v\n%+v", doc, err, again, z)
			}
			b := z.Shape.Bound()
			z.Shape.Distance(b.Min[0], b.Max[1])
			z.NextBoundary(0)
		}
	})
}

func BenchmarkParseZone(b *testing.B) {
	for name, doc := range map[string]string{
		"small":     feature("z", square, ""),
		"scheduled": feature("z", circle, `"radius_m":10,"schedule":[{"days":["mon"],"from":"08:00","to":"07:00"}]`),
		"100,000":   string((&Zone{ID: "z", Audience: Audience{Everyone: true}, Shape: Shape{Polygons: orb.MultiPolygon{{circleOf(100_000, 0, 50, 1)}}}}).AppendJSON(nil)),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := ParseZone([]byte(doc)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
