//go:build system

package system

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/ingest"
)

// TestUpgrade_recordsWhatAVersionLeavesBehind writes testdata/upgrade.json anew with the program at CORDON_BIN: what it leaves
// in Redis and on its topics after the first part of a story, and what it says to the second part. It runs only when asked to:
//
//	CORDON_RECORD=testdata/upgrade.json CORDON_BIN=/path/to/cordon go test -tags system -run Upgrade_records ./benchmarks/system
func TestUpgrade_recordsWhatAVersionLeavesBehind(t *testing.T) {
	file := os.Getenv("CORDON_RECORD")
	if file == "" {
		t.Skip("CORDON_RECORD is not set")
	}
	u := &upgrade{Before: story(0, asOf), After: story(asOf, 260)}
	s := u.site(t)
	u.produce(s, u.Before)
	args := []string{"--rebuild-window", fmt.Sprintf("%dh", int(time.Since(storyBegins).Hours())+24)}
	p := s.ready(args...)
	s.drained()
	s.must(p.Stop(s.ctx()))
	u.dump(s)
	said := len(u.Alerts)
	u.produce(s, u.After)
	s.ready(args...)
	s.drained()
	all := u.alertsOf(s)
	for _, rec := range all[said:] {
		var a struct {
			DecidedTime time.Time `json:"decided_time"`
		}
		s.must(json.Unmarshal([]byte(rec.Value), &a))
		if a.DecidedTime.After(storyBegins.Add(24 * time.Hour)) {
			t.Fatalf("the wall clock decided %s: the machine is too slow, try again", rec.Value)
		}
	}
	u.Then = all[said:]
	b, err := json.Marshal(u)
	s.must(err)
	b = []byte(strings.ReplaceAll(string(b), `},{"`, "},\n{\"")) // so that it can be read
	s.must(os.WriteFile(file, append(b, '\n'), 0o644))
	t.Logf("%d bytes: %d and %d pings, %d and %d alerts", len(b), len(u.Before), len(u.After), said, len(u.Then))
}

// dump keeps what is in Redis of the partition, and the alerts so far.
func (u *upgrade) dump(s *site) {
	options, err := redis.ParseURL(s.Redis)
	s.must(err)
	client := redis.NewClient(options)
	defer client.Close()
	u.Redis = map[string]map[string]string{}
	for _, name := range client.Keys(s.ctx(), "cordon:{"+s.Pings()+"*").Val() {
		fields, err := client.HGetAll(s.ctx(), name).Result()
		s.must(err)
		for field, value := range fields {
			fields[field] = base64.StdEncoding.EncodeToString([]byte(value))
		}
		u.Redis[strings.ReplaceAll(name, s.Pings(), topicMark)] = fields
	}
	u.Committed, err = s.broker.Committed(s.ctx(), s.Prefix, s.Pings(), 0)
	s.must(err)
	u.Alerts = u.alertsOf(s)
}

func (u *upgrade) alertsOf(s *site) (all []recorded) {
	s.must(s.broker.ReadTopic(s.ctx(), s.Alerts(), func(rec *ingest.Record) error {
		r := recorded{Appended: rec.Appended, Key: string(rec.Key), Value: string(rec.Value)}
		for _, h := range rec.Headers {
			r.Headers = append(r.Headers, [2]string{h.Key, string(h.Value)})
		}
		all = append(all, r)
		return nil
	}))
	return all
}

// The story begins on a Tuesday; minutes count from there. The first part ends a minute before the office, a zone with
// hours, begins to apply.
var storyBegins = time.Date(2024, 2, 6, 7, 0, 0, 0, time.UTC)

const (
	asOf     = 179.0
	inRing   = 0.0108
	inOffice = 0.045
)

// scene is where a tag is, and what it says, from a minute on.
type scene struct {
	from  float64
	lon   float64 // below 0: it says nothing of where it is
	more  string
	quiet bool
}

// tale is the course of one tag, from one scene to the next.
type tale []scene

// tales are the tales by tag: what is open when the first part ends, and how it goes on.
var tales = map[string]tale{
	"tag-1":  {{0, street, "", false}, {12, inSchool, "", false}, {24, street, "", false}, {100, inSchool, "", false}, {200, street, "", false}},                                                       // a stay that is over, a breach that became graver
	"tag-2":  {{0, street, "", false}, {176, inSchool, "", false}, {220, street, "", false}},                                                                                                           // a suspicion
	"tag-3":  {{0, street, `,"strap":"closed"`, false}, {100, street, `,"strap":"open"`, false}, {176, street, `,"strap":"closed"`, false}},                                                            // closed again, once
	"tag-4":  {{0, street, `,"battery_pct":50`, false}, {90, street, `,"battery_pct":12`, false}, {150, street, `,"battery_pct":4`, false}, {190, street, `,"battery_pct":30,"charging":true`, false}}, // critical
	"tag-5":  {{0, street, "", false}, {60, 0, "", true}, {200, street, "", false}},                                                                                                                    // silent
	"tag-6":  {{0, street, "", false}, {100, -1, "", false}, {210, street, "", false}},                                                                                                                 // its position lost
	"tag-7":  {{0, street, "", false}},                                                                                                                                                                 // its past comes late, see late
	"tag-8":  {{0, street, "", false}},                                                                                                                                                                 // nobody's
	"tag-9":  {{0, street, "", false}, {150, inRing, "", false}, {200, street, "", false}},                                                                                                             // in the warning ring
	"tag-10": {{0, street, "", false}, {120, street, `,"jamming":true`, false}, {190, street, `,"jamming":false`, false}},                                                                              // jammed
	"tag-11": {{0, street, "", false}, {150, 0.016, `,"motion":true`, false}, {230, street, "", false}},                                                                                                // at one place for eight fixes though it moves
	"tag-12": {{0, street, "", false}, {168, -1, "", false}, {230, street, "", false}},                                                                                                                 // without a position for three pings
	"tag-13": {{0, street, "", false}, {176, inOffice, "", false}, {210, street, "", false}},                                                                                                           // in the office before it applies
}

// late are the pings that arrive long after their fixes, by the minute of their arrival.
var late = map[float64]struct {
	device string
	fixed  []float64
}{
	120.5: {"tag-7", []float64{41, 43, 45}}, // in the school, by then in the past
	190.5: {"tag-1", []float64{17}},         // in the stay that is over
}

// story is what is appended from a minute to another, in order.
func story(from, to float64) []recorded {
	var all []recorded
	at := func(minute float64) time.Time {
		return storyBegins.Add(time.Duration(minute * float64(time.Minute)))
	}
	add := func(device string, seq int, fixed, appended, lon float64, more string) {
		if appended < from || appended >= to {
			return
		}
		place := fmt.Sprintf(`,"lat":0.005,"lon":%g,"accuracy_m":5`, lon)
		if lon < 0 {
			place = ""
		}
		all = append(all, recorded{Appended: at(appended).UnixMilli(), Key: device, Value: fmt.Sprintf(`{"device_id":%q,"fix_time":%q,"seq":%d%s%s}`,
			device, at(fixed).Format("2006-01-02T15:04:05.000Z"), seq, place, more)})
	}
	for device, tale := range tales {
		var number int
		if _, err := fmt.Sscanf(device, "tag-%d", &number); err != nil {
			panic(err)
		}
		for n := range 65 {
			minute := float64(4*n) + 0.25*float64(number)
			i := len(tale) - 1
			for tale[i].from > minute && i > 0 {
				i--
			}
			if !tale[i].quiet {
				add(device, n, minute, minute, tale[i].lon, tale[i].more)
			}
		}
	}
	for came, l := range late {
		for i, fixed := range l.fixed {
			add(l.device, 1000+i, fixed, came+0.01*float64(i), inSchool, "")
		}
	}
	slices.SortFunc(all, func(a, b recorded) int {
		return cmp.Or(cmp.Compare(a.Appended, b.Appended), strings.Compare(a.Key, b.Key))
	})
	return all
}
