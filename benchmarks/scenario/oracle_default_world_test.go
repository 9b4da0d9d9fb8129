package scenario

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cordon/alerting"
)

func secs(s float64) int64 { return noon + int64(s*1000+0.5*sign(s)) }

func sign(s float64) float64 { return float64(cmp.Compare(s, 0)) }

// A fix of a written feed: fix time in seconds after noon, then its signed distance in metres from the edge of the park
// (below 0: inside), or x for a report without a position. Its circle has 10 m at 95 %, or so many after ~; c: a cell
// fix; after + or - how many seconds after or before its fix time it is appended.
//
//	      outside | LINE |    IN     | DEEP
//	  +5          0     -10         -30       -350
//	--------------+------+-----------+------------> middle of the park
var written = regexp.MustCompile(`^(-?[\d.]+):(x|-?[\d.]+)(?:~([\d.]+))?(c?)([+-][\d.]+)?$`)

func (w *smallWorld) feed(text string) *smallWorld {
	w.t.Helper()
	number := func(s string) float64 {
		n, _ := strconv.ParseFloat(cmp.Or(s, "0"), 64)
		return n
	}
	for _, word := range strings.Fields(text) {
		m := written.FindStringSubmatch(word)
		if m == nil {
			w.t.Fatalf("%q is not a written fix", word)
		}
		x, _ := scale(51.005)
		where := ""
		if m[2] != "x" {
			where = fmt.Sprintf(`,"lat":51.005,"lon":%.12f,"accuracy_m":%s`, -number(m[2])/x, cmp.Or(m[3], "10"))
		}
		if m[4] == "c" {
			where += `,"source":"cell"`
		}
		appended := secs(number(m[1]) + number(m[5]))
		w.append(appended, fmt.Sprintf(`{"device_id":"T","fix_time":"%s"%s}`, wire(secs(number(m[1]))), where))
		w.until = appended
	}
	return w
}

// upTo lets timers run to so many seconds after noon; otherwise they run to the last record of the feed.
func (w *smallWorld) upTo(s float64) *smallWorld {
	w.until = secs(s)
	return w
}

// defaultWorld decides by the rule set default: tag T worn by W as activation A, and the zone park with these members.
func defaultWorld(t *testing.T, members string) *smallWorld {
	w := newSmallWorld(t).wears("A", "W", mins(-9999), mins(-9999), 0).zone("park", mins(-9999), square, members)
	w.rules = DefaultRules()
	return w
}

// wantDecided compares the alerts as "kind reason second", the second of the deciding fix, or with ! of the deadline;
// exit and the first OUT's second where a fix ended a breach.
func (w *smallWorld) wantDecided(name, lines string) Output {
	w.t.Helper()
	out := w.decide()
	var got, want []string
	for _, a := range out.Alerts {
		got = append(got, decidedLine(a))
	}
	for l := range strings.SplitSeq(lines, ";") {
		if l = strings.TrimSpace(l); l != "" {
			want = append(want, l)
		}
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: got\n\t%s\nwant\n\t%s", name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
	return out
}

var kindWords = map[alerting.Kind]string{
	alerting.BreachSuspected: "suspected", alerting.SuspicionCleared: "cleared", alerting.Breach: "breach", alerting.BreachEnded: "ended",
	alerting.BreachEscalated: "graver", alerting.Approach: "approach", alerting.ApproachEnded: "gone", alerting.Crossed: "crossing",
}

func decidedLine(a alerting.Alert) string {
	at := func(t *alerting.Time) string { return fmt.Sprintf("%g", float64(int64(*t)-noon)/1000) }
	s := cmp.Or(kindWords[a.Kind], string(a.Kind)) + " " + string(a.Reason) + " "
	if a.Retrospective {
		s = "past " + s
	}
	if a.DecidedTime != nil {
		s += at(a.DecidedTime) + "!"
	} else {
		s += at(a.FixTime)
	}
	if a.ExitFixTime != nil {
		s += " exit " + at(a.ExitFixTime)
	}
	return s
}

// decidedCase is one feed against one zone.
type decidedCase struct {
	name string
	zone string // members
	feed string
	upTo float64 // 0: the last record
	want string
}

func (c decidedCase) check(t *testing.T) {
	t.Helper()
	w := defaultWorld(t, c.zone).feed(c.feed)
	if c.upTo != 0 {
		w.upTo(c.upTo)
	}
	w.wantDecided(c.name, c.want)
}
