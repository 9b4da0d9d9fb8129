package alerting

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"cordon/geofence"
)

// instants are times, among them 0 and one before the epoch; maybes are times that can be never.
var (
	instants = rapid.OneOf(rapid.Int64Range(1, 1<<42), rapid.SampledFrom([]int64{0, -1, math.MaxInt64}))
	maybes   = rapid.OneOf(instants, rapid.Just(int64(never)))
	degrees  = rapid.OneOf(rapid.Float64Range(-180, 180), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.MaxFloat64}))
	names    = rapid.StringMatching(`[a-zé]{1,9}`)
	counts   = rapid.Int32Range(0, math.MaxInt32)
	recents  = rapid.SliceOfN(rapid.Uint64(), 0, 16)
)

// storedTags are tags with every state that a checkpoint can hold.
var storedTags = rapid.Custom(func(t *rapid.T) *Tag {
	tag := NewTag("tag-1")
	tag.LastAppended, tag.LastLate = maybes.Draw(t, "last appended"), maybes.Draw(t, "last late")
	for range rapid.IntRange(0, 3).Draw(t, "activations") {
		fillWearing(t, tag.room())
	}
	if n := rapid.IntRange(0, len(tag.Wearings)).Draw(t, "heard by"); n > 0 {
		tag.heardBy = tag.Wearings[n-1]
	}
	return tag
})

func fillWearing(t *rapid.T, w *Wearing) {
	w.Subject, w.Wearer = names.Draw(t, "subject"), rapid.OneOf(names, rapid.Just("")).Draw(t, "wearer")
	w.Tier, w.Assigned = rapid.IntRange(0, 3).Draw(t, "tier"), rapid.Bool().Draw(t, "assigned")
	for _, v := range []*int64{&w.LastFix, &w.LastOther, &w.LastUsable, &w.Heard, &w.HistoryLast, &w.LastAppended} {
		*v = maybes.Draw(t, "time")
	}
	for range rapid.IntRange(0, 20).Draw(t, "intervals") {
		w.Cadence.Note(rapid.Int64Range(0, 1<<33).Draw(t, "interval"))
	}
	if w.Cadence.N == remembered { // where a ring begins says nothing
		intervals := slices.Concat(w.Cadence.Intervals[w.Cadence.Next:], w.Cadence.Intervals[:w.Cadence.Next])
		w.Cadence.Next = uint8(copy(w.Cadence.Intervals[:], intervals)) % remembered
	}
	w.Last = anchors.Draw(t, "last")
	for _, e := range rapid.SliceOfN(episodes, 0, 3).Draw(t, "open") {
		w.insert(e)
	}
	w.Stays = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Stay {
		return Stay{Zone: names.Draw(t, "zone"), Opened: instants.Draw(t, "opened"), Exit: instants.Draw(t, "exit"), Closed: instants.Draw(t, "closed")}
	}), 0, 3).Draw(t, "stays")
	if len(w.Stays) == 0 {
		w.Stays = nil
	}
	if rapid.Bool().Draw(t, "health") {
		fillHealth(t, &w.Condition)
	}
}

var anchors = rapid.Custom(func(t *rapid.T) Anchor {
	return Anchor{degrees.Draw(t, "lat"), degrees.Draw(t, "lon"), degrees.Draw(t, "accuracy"), degrees.Draw(t, "level"),
		rapid.Uint64().Draw(t, "seq"), rapid.Bool().Draw(t, "has seq"), true}
})

var openings = rapid.Custom(func(t *rapid.T) Opening {
	return Opening{FixTime: instants.Draw(t, "fix time"), Seq: rapid.Uint64().Draw(t, "seq"), HasSeq: rapid.Bool().Draw(t, "has seq"),
		Blind: rapid.Bool().Draw(t, "blind"), LatE7: rapid.Int64Range(-9e8, 9e8).Draw(t, "lat"), LonE7: rapid.Int64Range(1, 18e8).Draw(t, "lon")}
})

var episodes = rapid.Custom(func(t *rapid.T) *Episode {
	e := &Episode{
		Stance: Stance{Phase(rapid.IntRange(0, int(Open)).Draw(t, "phase")), rapid.Bool().Draw(t, "cold"), counts.Draw(t, "ins"),
			counts.Draw(t, "deeps"), counts.Draw(t, "outs"), instants.Draw(t, "first in"), instants.Draw(t, "first out")},
		Profile: rapid.SampledFrom([]string{"", "default", "mine"}).Draw(t, "profile"), Tier: rapid.IntRange(0, 3).Draw(t, "tier"),
		Zone: names.Draw(t, "zone"), ZoneRevision: rapid.Uint64().Draw(t, "revision"),
		ZoneKind: rapid.SampledFrom([]string{"", "exclusion", "inclusion"}).Draw(t, "kind"), History: rapid.Bool().Draw(t, "history"),
		Opening: openings.Draw(t, "opening"), Since: instants.Draw(t, "since"), LastInside: instants.Draw(t, "last inside"),
		Lat: degrees.Draw(t, "lat"), Lon: degrees.Draw(t, "lon"), MaxDepth: degrees.Draw(t, "depth"), Breached: instants.Draw(t, "breached"),
		Severity:    geofence.Severity(rapid.SampledFrom([]string{"critical", "serious", ""}).Draw(t, "severity")),
		Escalations: rapid.IntRange(0, 255).Draw(t, "escalations"),
	}
	least := 0
	if e.Phase == Dormant {
		least = 1
	}
	if e.Seen = rapid.SliceOfN(seens, least, mostSeen).Draw(t, "seen"); len(e.Seen) == 0 {
		e.Seen = nil
	}
	return e
})

var seens = rapid.Custom(func(t *rapid.T) Seen {
	return Seen{Fix{Time: instants.Draw(t, "time"), Seq: rapid.Uint64().Draw(t, "seq"), Lat: degrees.Draw(t, "lat"), Lon: degrees.Draw(t, "lon"),
		AccuracyM: degrees.Draw(t, "accuracy"), AccuracyLevel: degrees.Draw(t, "level"), Source: rapid.SampledFrom([]string{"gnss", "cell", "radio"}).Draw(t, "source"),
		HasSeq: rapid.Bool().Draw(t, "has seq"), Assumed: rapid.Bool().Draw(t, "assumed")},
		degrees.Draw(t, "distance"), rapid.SampledFrom([]Class{ClassIn, ClassUnusable, "other"}).Draw(t, "class")}
})

func fillHealth(t *rapid.T, c *Condition) {
	c.Newest, c.Heard = instants.Draw(t, "newest"), maybes.Draw(t, "heard")
	c.Moves, c.Anchored = rapid.Bool().Draw(t, "moves"), rapid.Bool().Draw(t, "anchored")
	for _, r := range []*Rhythm{&c.Moving, &c.Resting} {
		*r = Rhythm{Day: rapid.Int32().Draw(t, "day"), Today: [2]uint32{rapid.Uint32().Draw(t, "longest"), rapid.Uint32().Draw(t, "second")},
			Before: [2]uint32{rapid.Uint32().Draw(t, "longest"), rapid.Uint32().Draw(t, "second")}}
	}
	if !c.Anchored {
		c.rest().Last = openings.Draw(t, "last")
	}
	if c.Frozen = counts.Draw(t, "frozen"); c.Frozen > 1 {
		c.rest().FrozenSince = instants.Draw(t, "frozen since")
	}
	if c.Blind = counts.Draw(t, "blind"); c.Blind > 0 {
		c.rest().BlindSince, c.rest().FirstBlind = instants.Draw(t, "blind since"), openings.Draw(t, "first blind")
	}
	if rapid.Bool().Draw(t, "aside") {
		c.setAside(&Aside{maybes.Draw(t, "time"), anchors.Draw(t, "fix")})
	}
	for cause := range causes {
		if rapid.Bool().Draw(t, "issue") {
			c.add(&Trouble{cause, rapid.SampledFrom([]Reason{"", Jammed}).Draw(t, "reason"), openings.Draw(t, "opening"),
				rapid.IntRange(0, 3).Draw(t, "tier"), rapid.Bool().Draw(t, "critical"), counts.Draw(t, "row"), instants.Draw(t, "first")})
		}
	}
}

// rewritten returns a stored tag after it is read and written again.
func rewritten(t rapid.TB, b []byte) []byte {
	tag, recent, err := ParseTag("tag-1", b, nil)
	if err != nil {
		t.Fatalf("%v: %x", err, b)
	}
	return AppendTag(nil, tag, recent)
}

func TestCheckpoint_isReadBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, recent := storedTags.Draw(t, "tag"), recents.Draw(t, "recent")
		got, hashes, err := ParseTag("tag-1", AppendTag(nil, want, recent), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) || !slices.Equal(hashes, recent) {
			t.Errorf("got %x, want %x", AppendTag(nil, got, hashes), AppendTag(nil, want, recent))
		}
	})
}

func TestCheckpoint_ofTheFormBeforeProtobufIsTheSameInTheNewForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tag, recent := storedTags.Draw(t, "tag"), recents.Draw(t, "recent")
		want := AppendTag(nil, tag, recent)
		if got := rewritten(t, appendOldTag(nil, tag, recent)); string(got) != string(want) {
			t.Errorf("got %x, want %x", got, want)
		}
	})
}

func TestCheckpoint_ofTheFormBeforeProtobufThatIsCutShortIsRefused(t *testing.T) {
	for seed := range 20 {
		b := appendOldTag(nil, storedTags.Example(seed), recents.Example(seed))
		for n := range b {
			if _, _, err := ParseTag("tag-1", b[:n], nil); !errors.Is(err, ErrState) {
				t.Fatalf("%d of %d bytes: %v", n, len(b), err)
			}
		}
	}
}

func TestAppendTag_allocatesNothing(t *testing.T) {
	tag, recent := storedTags.Example(7), recents.Example(7)
	room := AppendTag(nil, tag, recent)
	if n := testing.AllocsPerRun(100, func() { AppendTag(room[:0], tag, recent) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// field appends a field of text or of a message.
func field(b []byte, num protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), value)
}

func TestParseTag_refusesOnlyWhatCannotBeUsed(t *testing.T) {
	number := func(b []byte, num protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
	}
	with := func(act []byte) []byte { return field(nil, tagActivation, string(field(act, actSubject, "act-1"))) }
	episode := func(phase uint64) []byte {
		return with(field(nil, actOpen, string(number(field(nil, epZone, "school"), epPhase, phase))))
	}
	trouble := func(issue uint64) []byte {
		return with(field(nil, actHealth, string(field(nil, healthEpisode, string(number(nil, issueIssue, issue))))))
	}
	for name, c := range map[string]struct {
		stored []byte
		ok     bool
	}{
		"an activation alone":                      {with(nil), true},
		"an episode that is open":                  {episode(uint64(Open)), true},
		"an unknown tag issue":                     {trouble(99), true},
		"a number of another type":                 {number(with(nil), tagRecent, 1), true},
		"nothing":                                  {nil, false},
		"version 3":                                {[]byte{0, 3, 0, 0, 0, 0}, false},
		"an activation without a subject":          {field(nil, tagActivation, ""), false},
		"an episode without a zone":                {with(field(nil, actOpen, "")), false},
		"an unknown phase":                         {episode(uint64(Open) + 1), false},
		"a wearer who waits for a zone, unlocated": {episode(uint64(Dormant)), false},
		"an activation that is not there":          {number(with(nil), tagHeardBy, 2), false},
		"a hash cut short":                         {field(nil, tagRecent, "1234567"), false},
		"a field cut short":                        {with(nil)[:5], false},
	} {
		if _, _, err := ParseTag("tag-1", c.stored, nil); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrState) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseTag_anUnknownIssueLeavesTheOthers(t *testing.T) {
	tag := NewTag("tag-1")
	w := tag.room()
	w.Subject, w.Condition.Newest = "act-1", 5
	w.Condition.add(&Trouble{Cause: OfStrap, Opening: Opening{FixTime: 5}})
	w.Condition.add(&Trouble{Cause: causes, Opening: Opening{FixTime: 6}}) // as a later version might
	got, _, err := ParseTag("tag-1", AppendTag(nil, tag, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	if list := got.Wearings[0].Condition.troubles(); len(list) != 1 || list[0].Cause != OfStrap {
		t.Errorf("%d issues", len(list))
	}
}

func TestParseTag_keepsTheOpeningAndTheLastOfTooManyFixes(t *testing.T) {
	tag := NewTag("tag-1")
	w := tag.room()
	w.Subject = "act-1"
	e := &Episode{Zone: "school"}
	for i := range 20 {
		e.Seen = append(e.Seen, Seen{Fix: Fix{Time: int64(i)}})
	}
	w.insert(e)
	got, _, err := ParseTag("tag-1", AppendTag(nil, tag, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := got.Wearings[0].Open[0].Seen
	if len(seen) != mostSeen || seen[0].Time != 0 || seen[1].Time != 9 || seen[mostSeen-1].Time != 19 {
		t.Errorf("%d fixes: %+v", len(seen), seen)
	}
}

// If the time since which pings have had no position is not stored, they are counted from 0 again: no alert may be decided
// by an unknown time.
func TestParseTag_beginsARowAgainOfWhichTheBeginningIsNotStored(t *testing.T) {
	tag := NewTag("tag-1")
	w := tag.room()
	w.Subject = "act-1"
	w.Condition = Condition{Newest: 5, Heard: 5, Frozen: 7, Blind: 7}
	got, _, err := ParseTag("tag-1", AppendTag(nil, tag, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := got.Wearings[0].Condition; c.Frozen != 0 || c.Blind != 0 {
		t.Errorf("%d fixes at one place, %d pings without one", c.Frozen, c.Blind)
	}
}

// Whatever is read is written so that it is read with the same result, also by the protobuf library.
func FuzzParseTag(f *testing.F) {
	d := tagMessage(f)
	for seed := range 8 {
		f.Add(AppendTag(nil, storedTags.Example(seed), recents.Example(seed)))
		f.Add(appendOldTag(nil, storedTags.Example(seed), recents.Example(seed)))
	}
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		tag, recent, err := ParseTag("tag-1", b, nil)
		if err != nil {
			return
		}
		want := AppendTag(nil, tag, recent)
		if got := rewritten(t, want); string(got) != string(want) {
			t.Errorf("%x read back as %x", want, got)
		}
		if b[0] <= oldMostRecent {
			return
		}
		if theirs, err := throughLibrary(d, b, func(protoreflect.Message) {}); err == nil { // it refuses text that is not UTF-8
			if got := rewritten(t, theirs); string(got) != string(want) {
				t.Errorf("%x, read by the library as %x", want, got)
			}
		}
	})
}
