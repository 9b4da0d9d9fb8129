package geofence

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// drawCompactible draws a zone of any kind with as much as a zone can have; its rings need not be simple.
func drawCompactible(t *rapid.T) *Zone {
	id := rapid.StringOfN(rapid.RuneFrom([]rune("abé-0")), 1, 64, -1)
	z := &Zone{
		ID: id.Draw(t, "id"), Kind: Exclusion, Name: rapid.String().Draw(t, "name"),
		Audience: Audience{Everyone: rapid.Bool().Draw(t, "everyone"), Wearers: names(t, "wearers"), Cohorts: names(t, "cohorts")},
		Severity: rapid.SampledFrom([]Severity{Critical, Serious, Warning, Info}).Draw(t, "severity"),
		Rule:     rapid.SampledFrom([]string{defaultRule, "beside_home"}).Draw(t, "rule"),
	}
	z.Location, _ = location(rapid.SampledFrom([]string{defaultTimezone, "UTC", "America/New_York"}).Draw(t, "timezone"))
	if rapid.Bool().Draw(t, "inclusion") {
		z.Kind = Inclusion
	} else {
		z.BufferM = rapid.SampledFrom([]float64{0, 50, 5000, 12.5, 0.1}).Draw(t, "buffer")
	}
	z.ActiveFrom, z.ActiveTo = drawTime(t, "active_from"), drawTime(t, "active_to")
	for range rapid.IntRange(0, 2).Draw(t, "windows") {
		minute := rapid.IntRange(0, 24*60-1)
		w := Window{From: minute.Draw(t, "from"), To: minute.Draw(t, "to")}
		for d := range w.Days {
			w.Days[d] = rapid.Bool().Draw(t, "day")
		}
		z.Schedule = append(z.Schedule, w)
	}
	for range rapid.IntRange(0, 2).Draw(t, "exceptions") {
		z.Exceptions = append(z.Exceptions, Exception{drawTime(t, "from"), drawTime(t, "to"), rapid.String().Draw(t, "reason")})
	}
	decimals := rapid.IntRange(-1, 9).Draw(t, "decimals")
	if rapid.Bool().Draw(t, "circle") {
		z.Shape = Shape{Center: drawPoint(t, decimals), Radius: rapid.Float64Range(minRadius, maxRadius).Draw(t, "radius")}
		return z
	}
	for range rapid.IntRange(1, 3).Draw(t, "polygons") {
		var polygon orb.Polygon
		for range rapid.IntRange(1, 3).Draw(t, "rings") {
			var ring orb.Ring
			for range rapid.IntRange(3, 8).Draw(t, "corners") {
				ring = append(ring, drawPoint(t, decimals))
			}
			polygon = append(polygon, append(ring, ring[0]))
		}
		z.Shape.Polygons = append(z.Shape.Polygons, polygon)
	}
	return z
}

func names(t *rapid.T, label string) []string {
	list := rapid.SliceOfN(rapid.StringN(1, 10, -1), 0, 3).Draw(t, label)
	if len(list) == 0 {
		return nil
	}
	return list
}

func drawTime(t *rapid.T, label string) time.Time {
	ms := rapid.Int64Range(time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), 253402300799999).Draw(t, label)
	return time.UnixMilli(ms).UTC()
}

// drawPoint draws a position of so many decimals, any one when they are below 0.
func drawPoint(t *rapid.T, decimals int) (p orb.Point) {
	for axis, most := range []float64{180, 90} {
		if decimals < 0 {
			p[axis] = rapid.Float64Range(-most, most).Draw(t, "coordinate")
			continue
		}
		ten := math.Pow10(decimals)
		p[axis] = float64(rapid.Int64Range(int64(-most*ten), int64(most*ten)).Draw(t, "k"))/ten + 0
	}
	return p
}

func TestCompact_givesBackEveryZoneUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := drawCompactible(t)
		before := rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "before")
		b := z.AppendCompact(before)
		if !bytes.Equal(b[:len(before)], before) {
			t.Fatal("what stood before was changed")
		}
		got, err := ParseCompact(b[len(before):])
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, z) {
			t.Fatalf("got  %+v\nwant %+v", got, z)
		}
	})
}

func TestCompact_givesBackWhatGeoJSONSaid(t *testing.T) {
	for _, ring := range []string{
		"[[-0.1,51.5],[-0.2,51.5],[-0.2,51.6],[-0.1,51.5]]",
		"[[0.1234567891234,1e-7],[-170.000000001,90],[-170,-90],[0.1234567891234,1e-7]]",
		"[[-0.0,0],[1e-320,0],[0,1],[-0.0,0]]",
		"[[5,5],[0.3,5.1],[0.30000000000000004,7],[5,5]]",
	} {
		z, err := ParseZone([]byte(feature("z", polygon(ring), `"applies_to":"everyone"`)))
		if err != nil {
			t.Fatalf("%s: %v", ring, err)
		}
		got, err := ParseCompact(z.AppendCompact(nil))
		if err != nil || !reflect.DeepEqual(got, z) {
			t.Errorf("%s: got %+v, %v", ring, got, err)
		}
	}
}

func TestCompact_givesBackEveryActivationUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(1, 10, -1)
		a := &Activation{ID: name.Draw(t, "id"), Wearer: name.Draw(t, "wearer"), Device: name.Draw(t, "device"),
			Fitted: rapid.Int64Range(math.MinInt64, Always-1).Draw(t, "fitted"), Removed: Always,
			Cohorts: names(t, "cohorts"), Tier: rapid.IntRange(1, 3).Draw(t, "tier")}
		if rapid.Bool().Draw(t, "removed") {
			a.Removed = rapid.Int64Range(a.Fitted+1, Always).Draw(t, "at")
		}
		got, err := ParseCompactActivation(a.AppendCompact(nil))
		if err != nil || !reflect.DeepEqual(got, a) {
			t.Fatalf("got %+v, %v\nwant %+v", got, err, a)
		}
	})
}

func TestCompact_isTheSameForWhatIsLeftToItsDefault(t *testing.T) {
	said := &Zone{ID: "z", Kind: Exclusion, Severity: Critical, Rule: defaultRule, Location: time.UTC, Shape: Shape{Radius: 5}}
	left := &Zone{ID: "z", Revision: 7, Shape: Shape{Radius: 5}}
	if !bytes.Equal(said.AppendCompact(nil), left.AppendCompact(nil)) {
		t.Error("two forms of one zone")
	}
}

func TestParseCompact_noticesEveryChangedBitAndEveryCut(t *testing.T) {
	whole := wardZone(32).AppendCompact(nil)
	for n := range whole {
		if _, err := ParseCompact(whole[:n]); !errors.Is(err, ErrCompact) {
			t.Errorf("the first %d bytes: %v", n, err)
		}
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[n] ^= 1 << bit
			if _, err := ParseCompact(b); !errors.Is(err, ErrCompact) {
				t.Errorf("bit %d of byte %d: %v", bit, n, err)
			}
		}
	}
	if _, err := ParseCompact(append([]byte{2}, whole[1:]...)); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("another version: %v", err)
	}
}

// wardZone is a zone of a ward with 7 decimals.
func wardZone(n int) *Zone {
	ring := ward(n)
	for i := range ring {
		for axis := range ring[i] {
			ring[i][axis] = math.Round(ring[i][axis]*1e7) / 1e7
		}
	}
	return &Zone{ID: "zone-00000001", Kind: Exclusion, Name: "around the school", Audience: Audience{Wearers: []string{"wearer-000001"}},
		Shape: Shape{Polygons: orb.MultiPolygon{{ring}}}, BufferM: 50, Location: time.UTC, Severity: Critical, Rule: defaultRule}
}

func TestCompact_isSmallAndReadInFewAllocations(t *testing.T) {
	z := wardZone(32)
	b := z.AppendCompact(nil)
	if most := 270; len(b) > most {
		t.Errorf("%d bytes, more than %d", len(b), most)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = ParseCompact(b) }); n > 5 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzParseCompact puts the right version and checksum round any body: what is read is sound enough to be asked.
func FuzzParseCompact(f *testing.F) {
	inner := func(b []byte) []byte { return b[1 : len(b)-checksumSize] }
	f.Add(inner(wardZone(8).AppendCompact(nil)))
	f.Add(inner((&Zone{ID: "z", Shape: Shape{Center: orb.Point{1, 2}, Radius: 5}, Schedule: make([]Window, 2), Exceptions: make([]Exception, 2)}).AppendCompact(nil)))
	f.Add(inner((&Activation{ID: "a", Wearer: "w", Device: "d", Removed: Always}).AppendCompact(nil)))
	f.Fuzz(func(t *testing.T, body []byte) {
		b := sealed(body)
		if z, err := ParseCompact(b); err == nil {
			z.Shape.Bound()
			if d := z.Shape.Distance(0, 0); math.IsNaN(d) {
				t.Errorf("distance %v", d)
			}
			again, err := ParseCompact(z.AppendCompact(nil))
			if err != nil || !reflect.DeepEqual(again, z) {
				t.Errorf("%+v became %+v, %v", z, again, err)
			}
		} else if !errors.Is(err, ErrCompact) {
			t.Error(err)
		}
		if a, err := ParseCompactActivation(b); err == nil {
			again, err := ParseCompactActivation(a.AppendCompact(nil))
			if err != nil || !reflect.DeepEqual(again, a) {
				t.Errorf("%+v became %+v, %v", a, again, err)
			}
		}
	})
}

// sealed is a document of this body.
func sealed(body []byte) []byte {
	b := append([]byte{compactVersion}, body...)
	sum := checksum(b)
	return append(b, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
}

func BenchmarkParseCompact(b *testing.B) {
	doc := wardZone(32).AppendCompact(nil)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseCompact(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkZone_AppendCompact(b *testing.B) {
	z := wardZone(32)
	b.ReportAllocs()
	for b.Loop() {
		z.AppendCompact(nil)
	}
}
