package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"cordon/alerting"
)

// tagWorld has no zones: tag T is worn by W as activation A.
func tagWorld(t *testing.T) *smallWorld {
	w := newSmallWorld(t).wears("A", "W", mins(-9999), mins(-9999), 0)
	w.rules = DefaultRules()
	w.rules.Tags = DefaultTagRules()
	return w
}

// tell appends pings of the tag T, or of another: after the fix time in seconds, and perhaps after + or - how many seconds
// later or earlier it is appended, members of the ping; at=5 is a position 5 m west of the meridian, with a circle of 10 m.
//
//	0 strap=open; 60+5 at=20 motion=true; 90 device_id=U
func (w *smallWorld) tell(feed string) *smallWorld {
	w.t.Helper()
	for ping := range strings.SplitSeq(feed, ";") {
		words := strings.Fields(ping)
		if len(words) == 0 {
			continue
		}
		at := words[0]
		split := 1 + strings.IndexAny(at[1:], "+-")
		fix, err := strconv.ParseFloat(at, 64)
		appended := fix
		if split > 0 {
			var wait float64
			if fix, err = strconv.ParseFloat(at[:split], 64); err == nil {
				wait, err = strconv.ParseFloat(at[split:], 64)
			}
			appended = fix + wait
		}
		if err != nil {
			w.t.Fatal(err)
		}
		device, members := "T", ""
		for _, word := range words[1:] {
			name, value, _ := strings.Cut(word, "=")
			switch name {
			case "at":
				x, _ := scale(51.005)
				metres, _ := strconv.ParseFloat(value, 64)
				members += fmt.Sprintf(`,"lat":51.005,"lon":%.7f`, -metres/x)
				if !strings.Contains(ping, "accuracy_m") {
					members += `,"accuracy_m":10`
				}
			case "device_id":
				device = value
			case "strap", "source":
				members += fmt.Sprintf(`,"%s":"%s"`, name, value)
			default:
				members += fmt.Sprintf(`,"%s":%s`, name, value)
			}
		}
		w.append(secs(appended), fmt.Sprintf(`{"device_id":"%s","fix_time":"%s"%s}`, device, wire(secs(fix)), members))
		w.until = secs(appended)
	}
	return w
}

// tagCase is one feed of the tag.
type tagCase struct {
	name, feed, want string
	upTo             float64 // 0: the last record
}

func (c tagCase) check(t *testing.T) {
	t.Helper()
	w := tagWorld(t).tell(c.feed)
	if c.upTo != 0 {
		w.upTo(c.upTo)
	}
	w.wantDecided(c.name, c.want)
}

// open o                       strap_tamper
// closed     o--- 60 s ---o    strap_restored
func TestTags_strap(t *testing.T) {
	const open = "strap_tamper strap_open 0"
	for _, c := range []tagCase{
		{name: "open", feed: "0 strap=open", want: open},
		{name: "tampered", feed: "0 strap=tampered", want: "strap_tamper strap_tampered 0"},
		{name: "closed", feed: "0 strap=closed; 60 strap=closed", want: ""},
		{name: "more add nothing", feed: "0 strap=open; 10 strap=tampered", want: open},
		{name: "closed twice", feed: "0 strap=open; 10 strap=closed; 70 strap=closed", want: open + "; strap_restored strap_closed 70"},
		{name: "not a millisecond sooner", feed: "0 strap=open; 10 strap=closed; 69.999 strap=closed", want: open},
		{name: "once is not enough", feed: "0 strap=open; 100 strap=closed", want: open},
		{name: "a third may complete the span", feed: "0 strap=open; 10 strap=closed; 20 strap=closed; 71 strap=closed", want: open + "; strap_restored strap_closed 71"},
		{name: "open between begins anew", feed: "0 strap=open; 10 strap=closed; 20 strap=open; 70 strap=closed; 129 strap=closed; 130 strap=closed",
			want: open + "; strap_restored strap_closed 130"},
		{name: "silence about it does not", feed: "0 strap=open; 10 strap=closed; 40; 70 strap=closed", want: open + "; strap_restored strap_closed 70"},
		{name: "another after it", feed: "0 strap=open; 10 strap=closed; 70 strap=closed; 80 strap=open",
			want: open + "; strap_restored strap_closed 70; strap_tamper strap_open 80"},
		{name: "late ones say nothing", feed: "50; 0+60 strap=open; 49.999+20 strap=open", want: ""},
		{name: "one of the same time is not late", feed: "50; 50+10 seq=1 strap=open", want: "strap_tamper strap_open 50"},
		{name: "late for a position too", feed: "50 at=0; 0+60 strap=open", want: ""},
	} {
		c.check(t)
	}
}

// 100 | 25 restored | 15 low | 5 critical | 0
func TestTags_battery(t *testing.T) {
	const low, critical = "battery_low discharging ", "battery_critical discharging "
	for _, c := range []tagCase{
		{name: "15 is low", feed: "0 battery_pct=15.1; 10 battery_pct=15", want: low + "10"},
		{name: "5 is critical", feed: "0 battery_pct=15; 10 battery_pct=5.1; 20 battery_pct=5", want: low + "0; " + critical + "20"},
		{name: "critical at once", feed: "0 battery_pct=4; 10 battery_pct=3", want: critical + "0"},
		{name: "no better, no news", feed: "0 battery_pct=4; 10 battery_pct=12; 20 battery_pct=4; 30 battery_pct=24.9", want: critical + "0"},
		{name: "not while it charges", feed: "0 battery_pct=4 charging=true", want: ""},
		{name: "charging false is as good as unsaid", feed: "0 battery_pct=4 charging=false", want: critical + "0"},
		{name: "charges", feed: "0 battery_pct=15; 10 battery_pct=5 charging=true; 20 battery_pct=5.1 charging=true",
			want: low + "0; battery_restored charging 20"},
		{name: "charges, it says, but not how much there is", feed: "0 battery_pct=15; 10 charging=true", want: low + "0"},
		{name: "recovered", feed: "0 battery_pct=4; 10 battery_pct=25", want: critical + "0; battery_restored recovered 10"},
		{name: "and another discharge", feed: "0 battery_pct=14; 10 battery_pct=14 charging=true; 20 battery_pct=13",
			want: low + "0; battery_restored charging 10; " + low + "20"},
		{name: "critical again after that", feed: "0 battery_pct=4; 10 battery_pct=9 charging=true; 20 battery_pct=4",
			want: critical + "0; battery_restored charging 10; " + critical + "20"},
	} {
		c.check(t)
	}
	out := tagWorld(t).tell("0 battery_pct=14 at=5; 10 battery_pct=4; 20 battery_pct=30.5").decide()
	a, b, c := out.Alerts[0], out.Alerts[1], out.Alerts[2]
	if a.EpisodeID != b.EpisodeID || b.EpisodeID != c.EpisodeID || int64(*b.OpenedFixTime) != secs(0) || int64(*c.OpenedFixTime) != secs(0) {
		t.Errorf("%+v\n%+v\n%+v", a, b, c)
	}
	if *a.BatteryPct != 14 || *b.BatteryPct != 4 || *c.BatteryPct != 30.5 || a.Severity != "info" || b.Severity != "warning" || c.Severity != "info" {
		t.Errorf("%+v\n%+v\n%+v", a, b, c)
	}
	if a.Position == nil || b.Position != nil || a.DistanceM != nil || a.Evidence != nil || a.ZoneID != "" || a.Tier != 3 {
		t.Errorf("%+v\n%+v", a, b)
	}
}

func TestTags_unassigned(t *testing.T) {
	w := func() *smallWorld {
		w := newSmallWorld(t)
		w.rules = DefaultRules()
		w.rules.Tags = DefaultTagRules()
		return w
	}
	out := w().tell("0; 10; 20 at=5").wantDecided("one", "unassigned_device no_activation 0")
	if a := out.Alerts[0]; a.Severity != "warning" || a.WearerID != "unassigned:T" || a.ActivationID != "" || a.Tier != 0 || a.Position != nil {
		t.Errorf("%+v", a)
	}
	if want := listID("v1", "unassigned_device", "unassigned:T", "", itoa(noon), "", "", "", ""); out.Alerts[0].AlertID != want {
		t.Errorf("id %s, want %s", out.Alerts[0].AlertID, want)
	}
	w().wears("A", "W", secs(50), secs(50), 0).tell("0; 60").wantDecided("assigned", "unassigned_device no_activation 0; device_assigned tag_assigned 50!")
	w().wears("A", "W", secs(-50), secs(50), 0).tell("0; 60").wantDecided("as it was fitted", "unassigned_device no_activation 0; device_assigned tag_assigned 50!")
	w().wears("A", "W", secs(50), secs(-50), 0).tell("0; 60").wantDecided("beforehand, as it turned out", "unassigned_device no_activation 0; device_assigned tag_assigned 50!")
	w().wears("A", "W", secs(-50), secs(5), 0).tell("10; 0+20").wantDecided("of before, decided", "")
	w().wears("A", "W", secs(-50), secs(-50), secs(20)).tell("0; 30; 40").wantDecided("removed before", "unassigned_device no_activation 30")
}

// x x x .......... x      1800 s since the last position, three at least
func TestTags_positionLost(t *testing.T) {
	for _, c := range []tagCase{
		{name: "1800 s", feed: "0 at=5; 600; 1200; 1799.999; 1800", want: "position_lost no_position 1800"},
		{name: "three at least", feed: "0 at=5; 600; 1900; 2000", want: "position_lost no_position 2000"},
		{name: "one alert", feed: "0 at=5; 600; 1200; 1800; 2400; 3000", want: "position_lost no_position 1800"},
		{name: "never a position: from the first", feed: "0; 600; 1200; 1799; 1800", want: "position_lost no_position 1800"},
		{name: "regained", feed: "0 at=5; 600; 1200; 1800; 2000 at=5", want: "position_lost no_position 1800; position_regained position 2000"},
		{name: "by any source", feed: "0 at=5 source=cell; 600; 1200; 1800; 2000 at=5 source=wifi",
			want: "position_lost no_position 1800; position_regained position 2000"},
		{name: "a position begins the row anew", feed: "0 at=5; 600; 1200; 1700 at=5; 1800; 2400; 3499; 3500", want: "position_lost no_position 3500"},
		{name: "a late position is none", feed: "0 at=5; 600; 1200; 1100+150 at=5; 1800", want: "position_lost no_position 1800"},
		{name: "nor is a late report", feed: "0 at=5; 1700; 1600+101; 1650+52; 1900", want: ""},
	} {
		c.check(t)
	}
	a := tagWorld(t).tell("0 at=5; 600 seq=7; 1200; 1800").decide().Alerts[0]
	if want := listID("v1", "position_lost", "A", "", itoa(secs(600)), "7", "", "", ""); a.AlertID != want || a.Severity != "serious" ||
		int64(*a.OpenedFixTime) != secs(600) || a.Position != nil || a.AppendedTime == nil {
		t.Errorf("%+v", a)
	}
}

func TestTags_jamming(t *testing.T) {
	const open = "position_implausible jamming 0"
	for _, c := range []tagCase{
		{name: "says so", feed: "0 jamming=true", want: open},
		{name: "no more for 120 s", feed: "0 jamming=true; 10 jamming=false; 50; 130 jamming=false", want: open + "; position_plausible no_jamming 130"},
		{name: "not a millisecond less", feed: "0 jamming=true; 10 jamming=false; 129.999 jamming=false", want: open},
		{name: "once is not enough", feed: "0 jamming=true; 500 jamming=false", want: open},
		{name: "begins anew", feed: "0 jamming=true; 10 jamming=false; 20 jamming=true; 130 jamming=false; 250 jamming=false",
			want: open + "; position_plausible no_jamming 250"},
		{name: "no teleport beside it", feed: "0 jamming=true at=0; 10 at=9000", want: open},
	} {
		c.check(t)
	}
}

// From fix to fix more than 1000 m and more than 70 m/s, circles apart.
func TestTags_teleport(t *testing.T) {
	const there = "position_implausible teleport 10"
	for _, c := range []tagCase{
		{name: "far", feed: "0 at=0; 10 at=1021", want: there},
		{name: "circles apart it is not", feed: "0 at=0; 10 at=1019", want: ""},
		{name: "not too fast", feed: "0 at=0; 15 at=1069", want: ""},
		{name: "too fast", feed: "0 at=0; 15 at=1071", want: "position_implausible teleport 15"},
		{name: "at one time", feed: "0 at=0; 0 at=1100", want: "position_implausible teleport 0"},
		{name: "of a cell it is none", feed: "0 at=0; 10 at=9000 source=cell; 20 at=0", want: ""},
		{name: "nor with a circle too wide", feed: "0 at=0; 10 at=9000 accuracy_m=51; 20 at=0", want: ""},
		{name: "three steady ones", feed: "0 at=0; 10 at=9000; 20 at=9001; 30 at=9002; 40 at=9003", want: there + "; position_plausible steady 40"},
		{name: "the way back begins anew", feed: "0 at=0; 10 at=9000; 20 at=0; 30 at=1; 40 at=2; 50 at=3", want: there + "; position_plausible steady 50"},
		{name: "a late one is not looked at", feed: "0 at=0; 20 at=5; 10+20 at=9000", want: ""},
	} {
		c.check(t)
	}
}

// One place, ten times and for 600 s, and in motion all the while.
func TestTags_frozen(t *testing.T) {
	row := func(from, n int, apart float64, rest string) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf("%g at=5 %s", float64(from)+float64(i)*apart, rest))
		}
		return strings.Join(list, ";") + ";"
	}
	const on = "motion=true"
	for _, c := range []tagCase{
		{name: "ten, 600 s", feed: row(0, 9, 60, on) + "600 at=5 motion=true", want: "position_implausible frozen 600"},
		{name: "nine", feed: row(0, 9, 100, on), want: ""},
		{name: "ten, 599.999 s", feed: row(0, 9, 60, on) + "599.999 at=5 motion=true", want: ""},
		{name: "an eleventh may complete it", feed: row(0, 11, 60, on), want: "position_implausible frozen 600"},
		{name: "it does not say", feed: row(0, 20, 60, ""), want: ""},
		{name: "at rest", feed: row(0, 20, 60, "motion=false"), want: ""},
		{name: "at rest once", feed: row(0, 9, 60, on) + "540 at=5 motion=false;" + row(600, 9, 70, on), want: ""},
		{name: "elsewhere once", feed: row(0, 9, 60, on) + "540 at=6 motion=true;" + row(600, 9, 70, on), want: ""},
		{name: "the place before counts for the next", feed: "0 at=9 motion=true;" + row(60, 11, 60, on), want: "position_implausible frozen 660"},
		{name: "moved", feed: row(0, 11, 60, on) + "660 at=5; 720 at=5.1", want: "position_implausible frozen 600; position_plausible moved 720"},
		{name: "the row is counted while another is open", feed: "0 at=9000;" + row(10, 2, 20, on) + row(600, 9, 20, on),
			want: "position_implausible teleport 10; position_plausible steady 620; position_implausible frozen 740"},
	} {
		c.check(t)
	}
}

// In which order one ping is told of.
func TestTags_order(t *testing.T) {
	w := tagWorld(t).zone("park", mins(-9999), square, "").tell("0 at=9000; 10 at=-5 strap=open battery_pct=4 jamming=true")
	w.wantDecided("one ping", "strap_tamper strap_open 10; battery_critical discharging 10; position_implausible jamming 10; suspected inside 10")
}

func TestTags_endOfTheBearer(t *testing.T) {
	const feed = "0 at=0 strap=open battery_pct=4; 10 at=9000; 600; 1200; 1810"
	const all = "strap_tamper strap_open 0; battery_critical discharging 0; position_implausible teleport 10; position_lost no_position 1810; "
	ended := func(reason, at string) string {
		return "strap_restored " + reason + at + "; battery_restored " + reason + at + "; position_regained " + reason + at + "; position_plausible " + reason + at
	}
	tagWorld(t).unregister("A", secs(1900)).tell(feed).upTo(2000).wantDecided("removed", all+ended("tag_removed", " 1900!"))
	tagWorld(t).wears("A", "V", secs(1900), mins(-9999), 0).tell(feed).upTo(2000).wantDecided("corrected", all+ended("tag_assigned", " 1900!"))
	tagWorld(t).wears("B", "V", secs(1900), secs(1900), 0).wears("A", "W", secs(1900), mins(-9999), secs(1900)).tell(feed).upTo(2000).
		wantDecided("handed on", all+ended("tag_assigned", " 1900!"))
	tagWorld(t).unregister("A", secs(1900)).tell(feed+"; 1950+100 strap=open").upTo(2050).
		wantDecided("of nobody then", all+ended("tag_removed", " 1900!")+"; unassigned_device no_activation 1950; strap_tamper strap_open 1950")
	tagWorld(t).wears("A", "W", secs(1900), mins(-9999), secs(1900)).tell(feed+"; 1850+100 strap=closed; 1890+150 strap=open").
		wantDecided("what it said before counts for nothing", all+ended("tag_removed", " 1900!"))
	tagWorld(t).wears("A", "W", secs(1900), secs(1800), 0).tell(feed).upTo(2000).wantDecided("fitted later, but before the last ping", all)
	tagWorld(t).wears("A", "W", secs(1900), secs(1811), 0).tell(feed).upTo(2000).wantDecided("fitted after it", all+ended("tag_assigned", " 1900!"))
	tagWorld(t).wears("A", "W", secs(5), mins(-9999), secs(20)).wears("A", "W", secs(15), mins(-9999), secs(20)).tell("22-12").upTo(30).
		wantDecided("its clock runs ahead of the end", "unassigned_device no_activation 22")
	out := tagWorld(t).unregister("A", secs(1900)).tell(feed).upTo(2000).decide()
	if a := out.Alerts[5]; a.Kind != alerting.BatteryRestored || a.FixTime != nil || a.BatteryPct != nil || a.EpisodeID != out.Alerts[1].EpisodeID {
		t.Errorf("%+v", a)
	}
}

func TestTags_areOffUnlessAskedFor(t *testing.T) {
	for _, rules := range []Rules{{Name: Plain, Tags: DefaultTagRules()}, DefaultRules()} {
		w := tagWorld(t)
		w.rules = rules
		w.tell("0 strap=open battery_pct=1 jamming=true").upTo(99999).wantDecided(rules.Name, "")
	}
}
