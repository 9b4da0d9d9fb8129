package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon/alerting"
	"cordon/ingest"
)

const noon = int64(1_795_608_000_000) // 2026-11-25T12:00:00Z

func TestNoon_isNoon(t *testing.T) {
	if got := time.UnixMilli(noon).UTC().Format("Mon 2006-01-02 15:04"); got != "Wed 2026-11-25 12:00" {
		t.Fatal(got)
	}
}

func mins(m float64) int64 { return noon + int64(m*60_000) }

const square = `{"type":"Polygon","coordinates":[[[0,51],[0.01,51],[0.01,51.01],[0,51.01],[0,51]]]}`

var places = map[string]place{
	"in": {0.005, 51.005}, "out": {0.02, 51.005}, "deep": {0.005, 51.004}, "edge": {0.0025, 51}, "vertex": {0.01, 51.01},
	"west": {0.002, 51.005}, "east": {0.008, 51.005}, "hole": {0.005, 51.005},
}

// smallWorld is for cases worked by hand. Times are minutes after noon of a Wednesday. The zone "park" is a square of
// about 1.1 km north by 0.7 km east; a fix is "in", "out" or at a place.
type smallWorld struct {
	t        *testing.T
	zones    []Revision
	register []Revision
	records  []ingest.Record
	until    int64
	rules    Rules
}

func newSmallWorld(t *testing.T) *smallWorld { return &smallWorld{t: t, until: mins(60 * 24)} }

// zone puts a revision of a zone in force; members are properties beside applies_to.
func (w *smallWorld) zone(id string, at int64, geometry, members string) *smallWorld {
	if !strings.Contains(members, "applies_to") {
		members += `,"applies_to":"everyone"`
	}
	doc := fmt.Sprintf(`{"type":"Feature","id":"%s","geometry":%s,"properties":{%s}}`, id, geometry, strings.TrimPrefix(members, ","))
	return w.revise(&w.zones, id, at, []byte(doc))
}

func (w *smallWorld) unregister(id string, at int64) *smallWorld {
	return w.revise(&w.register, id, at, nil)
}

func (w *smallWorld) withdraw(id string, at int64) *smallWorld {
	return w.revise(&w.zones, id, at, nil)
}

func (w *smallWorld) revise(list *[]Revision, id string, at int64, doc []byte) *smallWorld {
	n := uint64(1)
	for _, r := range *list {
		if r.ID == id {
			n++
		}
	}
	*list = append(*list, Revision{ID: id, Number: n, Updated: at, Doc: doc})
	return w
}

// wears puts a revision of an activation of the tag "T" in force; removed 0 is not yet.
func (w *smallWorld) wears(id, wearer string, at, fitted, removed int64, cohorts ...string) *smallWorld {
	a := activation{id: id, wearer: wearer, device: "T", fitted: fitted, removed: removed, cohorts: cohorts}
	if removed == 0 {
		a.removed = forever
	}
	return w.revise(&w.register, id, at, a.line())
}

// ping is one of the tag T, appended at a, in minutes, with a fix time; the place is a name of places or "" for a status.
func (w *smallWorld) ping(appended, fix float64, at string) *smallWorld {
	where := ""
	if p, ok := places[at]; ok {
		where = fmt.Sprintf(`,"lat":%v,"lon":%v`, p.lat, p.lon)
	}
	return w.raw(appended, fmt.Sprintf(`{"device_id":"T","fix_time":"%s"%s}`, wire(mins(fix)), where))
}

func (w *smallWorld) raw(appended float64, value string) *smallWorld {
	return w.append(mins(appended), value)
}

func (w *smallWorld) append(at int64, value string) *smallWorld {
	w.records = append(w.records, ingest.Record{Offset: int64(len(w.records)), Appended: at, Value: []byte(value)})
	return w
}

func (w *smallWorld) decide() Output {
	w.t.Helper()
	out, err := Decide(Input{
		Partitions: []Partition{{0, slices.Values(w.records)}}, Zones: w.zones, Register: w.register, Until: w.until,
		Params: Params{Rules: w.rules},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// want compares the alerts as lines: "zone reason track opened last decided-or-fix", times in minutes.
func (w *smallWorld) want(lines ...string) Output {
	w.t.Helper()
	out := w.decide()
	var got []string
	for _, a := range out.Alerts {
		got = append(got, line(a))
	}
	if !slices.Equal(got, lines) {
		w.t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
	return out
}

func line(a alerting.Alert) string {
	at := func(t *alerting.Time) string {
		if t == nil {
			return "-"
		}
		return fmt.Sprintf("%g", float64(int64(*t)-noon)/60_000)
	}
	who := a.ActivationID
	if who == "" {
		who = "nobody"
	}
	track := ""
	if a.Retrospective {
		track = " past"
	}
	s := fmt.Sprintf("%s %s/%d %s%s from %s", who, a.ZoneID, a.ZoneRevision, a.Reason, track, at(a.OpenedFixTime))
	if a.Kind == alerting.BreachEnded {
		s += " last " + at(a.LastInsideFixTime) + " exit " + at(a.ExitFixTime) + " decided " + at(a.DecidedTime)
	}
	return s
}

// plainWorld is the world of most cases: tag T worn by W as activation A, and the zone park.
func plainWorld(t *testing.T) *smallWorld {
	return newSmallWorld(t).wears("A", "W", mins(-9999), mins(-9999), 0).zone("park", mins(-9999), square, "")
}
