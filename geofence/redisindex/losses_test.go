package redisindex

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"cordon/geofence"
)

// agree fails the test unless the identity record describes exactly what the store holds.
func agree(t *testing.T, s *Store) {
	t.Helper()
	snap, err := s.snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		is, counted := snap.state.counted(k)
		if !counted {
			t.Errorf("%s: not counted", k)
			continue
		}
		newest, _, err := s.count(t.Context(), k.current(), snap.held[k].newest)
		if err != nil {
			t.Fatal(err)
		}
		history, _, err := s.count(t.Context(), k.history(), snap.held[k].history)
		if err != nil {
			t.Fatal(err)
		}
		if newest != is.Newest || history != is.History {
			t.Errorf("%s: recorded %+v and %+v, there are %+v and %+v", k, is.Newest, is.History, newest, history)
		}
	}
}

func TestSums_areKeptByEveryWrite(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		rng := rand.New(rand.NewPCG(1, 2))
		seed(t, s)
		agree(t, s)
		for n := range 30 {
			switch rng.IntN(5) {
			case 0:
				_, err := s.DeleteZones(t.Context(), []string{fmt.Sprintf("z%d", rng.IntN(6))}, ImportOptions{})
				if err != nil && !errors.Is(err, ErrUnknown) {
					t.Fatal(err)
				}
			case 1:
				saved := export(t, s)
				restore(t, s, saved)
			case 2:
				importActivations(t, s, worn("a1", "w1", "d1", 1000, int64(5000+n)), worn(fmt.Sprintf("a%d", n+2), "w2", fmt.Sprintf("d%d", n+2), 1000, 2000))
			case 3:
				s.History = -1 // the next import removes everything superseded before it
				importZones(t, s, square(t, "z1", fmt.Sprint("pruned", n)))
				s.History = DefaultHistory
			default:
				importZones(t, s, square(t, fmt.Sprintf("z%d", rng.IntN(6)), fmt.Sprint(n)), square(t, fmt.Sprintf("y%d", n), ""))
			}
			agree(t, s)
		}
	})
}

func TestDigest_tellsEveryFieldAndEveryByteApart(t *testing.T) {
	seen := map[digest]string{}
	for _, o := range [][2]string{{"", ""}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab", ""}, {"", "ab"}, {"b", "a"}, {"a", "bc"}, {"ab", "c"}, {"a\x00", "b"}} {
		d := hashOf(appendObject(nil, o[0], o[1]))
		if other, ok := seen[d]; ok {
			t.Errorf("%q and %s have one hash", o, other)
		}
		seen[d] = fmt.Sprintf("%q", o)
	}
	h := hashes{3, 1, 2, 3, 1}
	if got := h.tally(3); got != (tally{3, 6}) {
		t.Errorf("objects met twice: %+v", got)
	}
	if got := (hashes{5, 5}).tally(2); got != (tally{2, 10}) {
		t.Errorf("two objects of one hash: %+v", got)
	}
}

// olderProgram imports a zone as a program does that knows nothing of the sums.
func olderProgram(t *testing.T, s *Store, k kind) {
	t.Helper()
	st, err := s.state(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	z := record{ID: "old", Number: st.revision + 1, Updated: 5, Sequence: st.revision + 1, Document: square(t, "old", "").AppendCompact(nil)}
	_, err = s.client.TxPipelined(t.Context(), func(p redis.Pipeliner) error {
		p.HSet(t.Context(), k.current(), z.ID, z.encode())
		p.HSet(t.Context(), storeKey, "revision", z.Sequence, k.field(), z.Sequence, "head", fmt.Sprint(z.Sequence))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSums_ofAnOlderProgramAreCountedAnewByTheNextImport(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		olderProgram(t, s, zones)
		if losses, err := s.Losses(t.Context()); err != nil || len(losses) > 0 {
			t.Fatalf("taken for a loss: %v, %v", losses, err)
		}
		importZones(t, s, square(t, "z1", "changed"))
		agree(t, s)
		olderProgram(t, s, zones)
		importZones(t, s, square(t, "z1", "changed")) // nothing to change, but to count
		agree(t, s)
		if err := s.client.HDel(t.Context(), storeKey, zones.sums(), register.sums()).Err(); err != nil {
			t.Fatal(err)
		}
		importZones(t, s, square(t, "z1", "again"))
		importActivations(t, s, worn("a9", "w1", "d9", 1000, 2000))
		agree(t, s)
	})
}

func TestSums_anOlderProgramDoesNotHideALoss(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		importZones(t, s, square(t, "z3", "three"))
		if err := s.client.HDel(t.Context(), zones.current(), "z1", "z3").Err(); err != nil {
			t.Fatal(err)
		}
		olderProgram(t, s, zones)
		f := NewFollower(s, quick())
		if err := f.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		losses, err := s.Losses(t.Context())
		if err != nil || len(losses) != 1 || losses[0].Of != "zones" || losses[0].Held != 2 || losses[0].Recorded != 3 || !losses[0].Named() {
			t.Fatalf("%+v, %v", losses, err)
		}
		if got := f.Status().Losses; !slices.Equal(got, losses) || !f.View().Partial() {
			t.Errorf("the follower finds %+v", got)
		}
		if _, err := s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z1", "one")}, ImportOptions{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("a lost zone was made anew: %v", err)
		}
	})
}

func TestSums_ofAnOlderProgramAreCountedAnewAtAStartAndSaid(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		olderProgram(t, s, zones)
		logged, options := &buffer{}, quick()
		options.Log = slog.New(slog.NewTextHandler(logged, nil))
		awaitReady(t, start(t, s, options), 4)
		agree(t, s)
		if !strings.Contains(logged.String(), "counted again") {
			t.Errorf("logged: %s", logged)
		}
		lose(t, s, zones, "z1")
		if losses, err := s.Losses(t.Context()); err != nil || len(losses) != 1 {
			t.Errorf("%v, %v", losses, err)
		}
	})
}

// lose removes single zones or activations, as an eviction or a mistake would.
func lose(t *testing.T, s *Store, k kind, ids ...string) {
	t.Helper()
	if err := s.client.HDel(t.Context(), k.current(), ids...).Err(); err != nil {
		t.Fatal(err)
	}
}

// loseAll removes a key.
func loseAll(t *testing.T, s *Store, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if err := s.client.Del(t.Context(), key).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// awaitLoss waits until the follower reports a loss of something, and returns it.
func awaitLoss(t *testing.T, f *Follower, of string) Loss {
	t.Helper()
	var found Loss
	await(t, f, "a loss of "+of, func() bool {
		losses := f.Status().Losses
		i := slices.IndexFunc(losses, func(l Loss) bool { return l.Of == of })
		if i >= 0 {
			found = losses[i]
		}
		return i >= 0
	})
	return found
}

func awaitWhole(t *testing.T, f *Follower) {
	t.Helper()
	await(t, f, "the store is whole", func() bool { return len(f.Status().Problems()) == 0 && !f.View().Partial() })
}

func TestFollower_thatStartsOnAnEmptiedKindLoadsNothing(t *testing.T) {
	for _, k := range kinds {
		eachServer(t, func(t *testing.T, server server) {
			s := New(connect(t, server))
			seed(t, s)
			saved := export(t, s)
			loseAll(t, s, k.current())
			f := start(t, s, quick())
			await(t, f, "problem says so", func() bool {
				return strings.Contains(f.Status().Problem, "has lost") && strings.Contains(f.Status().Problem, "cordon "+k.command()+" import --restore")
			})
			if l := awaitLoss(t, f, string(k)); f.View() != nil || !l.Empty() || !l.Named() {
				t.Errorf("view %v, %+v", f.View(), l)
			}
			restore(t, s, saved)
			awaitReady(t, f, 3)
			awaitWhole(t, f)
		})
	}
}

func TestFollower_thatStartsOnAPartialStoreServesTheRestAndSaysHowManyAreMissing(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		saved := export(t, s)
		lose(t, s, zones, "z1")
		registry, options := prometheus.NewRegistry(), quick()
		options.Metrics = NewMetrics(registry)
		f := start(t, s, options)
		l := awaitLoss(t, f, "zones")
		await(t, f, "the rest is served", func() bool { return f.View() != nil && f.View().Zones() == 1 && f.Status().Problem == "" })
		if !f.View().Partial() || l.Held != 1 || l.Recorded != 2 || !strings.Contains(l.String(), "1 of its 2 zones") || len(f.Status().Problems()) != 1 {
			t.Errorf("partial %v, %+v: %s; %q", f.View().Partial(), l, l, f.Status().Problems())
		}
		if got := missing(t, registry, "zones"); got != 1 {
			t.Errorf("cordon_store_missing is %v", got)
		}
		sum := importZones(t, s, square(t, "z2", "changed")) // the rest is still kept up to date
		await(t, f, "a change of the rest", func() bool { return zoneRevision(f, "z2") == 2 })
		if again, err := s.Losses(t.Context()); err != nil || len(again) != 1 || again[0].WholeAt != l.WholeAt || again[0].Revision != l.Revision {
			t.Errorf("an import gives the loss another name: %+v, was %+v (%v)", again, l, err)
		}
		if _, err := s.RestoreZones(t.Context(), saved.zones, RestoreOptions{}); !errors.Is(err, ErrRefused) {
			t.Errorf("a restore undoes the change: %v", err)
		}
		if _, err := s.RestoreZones(t.Context(), saved.zones, RestoreOptions{AcceptLoss: true}); err != nil {
			t.Fatal(err)
		}
		awaitWhole(t, f)
		if f.View().Zones() != 2 || zoneRevision(f, "z2") != 2 || zoneRevision(f, "z1") != 1 || f.Status().Revision < sum.Revision {
			t.Errorf("%d zones, z1 at %d, z2 at %d", f.View().Zones(), zoneRevision(f, "z1"), zoneRevision(f, "z2"))
		}
		if got := missing(t, registry, "zones"); got != 0 {
			t.Errorf("cordon_store_missing is %v", got)
		}
		agree(t, s)
	})
}

// A superseded revision is not in force even if the newest one is lost: the zone may have been moved or withdrawn.
func TestFollower_thatStartsOnAPartialStoreTakesNoSupersededRevisionForTheLostOne(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		importZones(t, s, square(t, "z1", "changed"))
		importActivations(t, s, worn("a1", "w1", "d1", 1000, 5000), worn("a2", "w2", "d2", 1000, 2000))
		saved := export(t, s)
		lose(t, s, zones, "z1")
		lose(t, s, register, "a1")
		f := start(t, s, quick())
		awaitLoss(t, f, "zones")
		awaitLoss(t, f, "register")
		await(t, f, "the rest is served", func() bool { return f.View() != nil && f.Status().Problem == "" })
		now := time.Now().UnixMilli()
		rest := func() {
			t.Helper()
			if r, ok := f.View().ZoneAt("z1", now); ok {
				t.Errorf("z1 is taken to be at revision %d", r.Number)
			}
			if r, ok := f.View().ActivationAt("a1", now); ok {
				t.Errorf("a1 is taken to be at revision %d", r.Number)
			}
		}
		rest()
		importZones(t, s, square(t, "z2", "changed"))
		await(t, f, "a change of the rest", func() bool { return zoneRevision(f, "z2") == 2 })
		rest()
		if _, err := s.RestoreZones(t.Context(), saved.zones, RestoreOptions{AcceptLoss: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RestoreActivations(t.Context(), saved.register, RestoreOptions{}); err != nil {
			t.Fatal(err)
		}
		awaitWhole(t, f)
		if zoneRevision(f, "z1") != 2 {
			t.Errorf("z1 at revision %d", zoneRevision(f, "z1"))
		}
	})
}

// missing is the gauge of a kind.
func missing(t *testing.T, g prometheus.Gatherer, kind string) float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "cordon_store_missing" && m.GetLabel()[0].GetValue() == kind {
				return m.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("no metric of %s", kind)
	return 0
}

func TestFollower_thatHasEverythingKeepsItAndSaysThatTheStoreDoesNot(t *testing.T) {
	for name, destroy := range map[string]func(t *testing.T, s *Store){
		"one zone":    func(t *testing.T, s *Store) { lose(t, s, zones, "z1") },
		"all zones":   func(t *testing.T, s *Store) { loseAll(t, s, zones.current(), zones.history(), zones.superseded()) },
		"an eviction": func(t *testing.T, s *Store) { loseAll(t, s, zones.current(), register.current(), tagsKey) },
	} {
		t.Run(name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, server server) {
				s := New(connect(t, server))
				seed(t, s)
				saved := export(t, s)
				f := start(t, s, quick())
				awaitReady(t, f, 3)
				destroy(t, s)
				defer neverLess(t, f, 2)()
				first := awaitLoss(t, f, "zones")
				if f.View().Partial() || len(f.Status().Problems()) == 0 {
					t.Errorf("partial %v, problems %q", f.View().Partial(), f.Status().Problems())
				}
				restore(t, s, saved)
				awaitWhole(t, f)
				destroy(t, s)
				if second := awaitLoss(t, f, "zones"); second.WholeAt <= first.WholeAt {
					t.Errorf("the second loss has the name of the first: %+v, %+v", second, first)
				}
			})
		})
	}
}

// TestFollower_neverPutsADamagedViewInPlaceOfAWholeOne makes the follower load again while zones are missing.
func TestFollower_neverPutsADamagedViewInPlaceOfAWholeOne(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		f := start(t, s, quick())
		awaitReady(t, f, 3)
		lose(t, s, zones, "z1")
		defer neverLess(t, f, 2)()
		awaitLoss(t, f, "zones")
		var list []*geofence.Activation
		for n := range bulk + 1 { // too many for the stream
			list = append(list, worn(fmt.Sprintf("b%d", n), "w", fmt.Sprintf("bulk-%d", n), 1000, geofence.Always))
		}
		sum := importActivations(t, s, list...)
		await(t, f, "the register is loaded anew", func() bool { return f.Status().Revision == sum.Revision })
		if f.View().Activations() != bulk+2 || zoneRevision(f, "z1") != 1 || f.View().Partial() {
			t.Errorf("%d activations, z1 at %d, partial %v", f.View().Activations(), zoneRevision(f, "z1"), f.View().Partial())
		}
		z2 := importZones(t, s, square(t, "z2", "changed")) // of the damaged kind, and by the stream
		await(t, f, "z2 is changed", func() bool { return f.Status().Revision == z2.Revision })
		if zoneRevision(f, "z2") != 2 || f.View().Partial() {
			t.Errorf("z2 at %d, partial %v", zoneRevision(f, "z2"), f.View().Partial())
		}
	})
}

func TestFollower_takesAnAcceptedLossForWhatThereIs(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		importZones(t, s, square(t, "z1", "changed"))
		f := start(t, s, quick())
		awaitReady(t, f, 4)
		lose(t, s, zones, "z1", "z2")
		awaitLoss(t, f, "zones")
		sum, err := s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z1", "anew")}, ImportOptions{AcceptLoss: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(sum.Accepted) != 1 || sum.Accepted[0].Missing() != 2 {
			t.Errorf("accepted %v", sum.Accepted)
		}
		await(t, f, "z2 is gone", func() bool { return f.View().Zones() == 1 && f.Status().Revision == sum.Revision })
		awaitWhole(t, f)
		if got := zoneRevision(f, "z1"); got <= 2 {
			t.Errorf("z1 has revision %d, a number that was used before", got)
		}
		agree(t, s)
		fresh := start(t, s, quick())
		awaitReady(t, fresh, sum.Revision)
		awaitWhole(t, fresh)
		if sum := importZones(t, s, square(t, "z2", "")); sum.Added != 1 {
			t.Errorf("%+v", sum)
		}
	})
}

func TestImport_intoADamagedKindIsRefusedWhereItCouldMakeALostZoneAnew(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		saved := export(t, s)
		lose(t, s, zones, "z1")
		for name, err := range map[string]error{
			"a lost zone":      second(s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z1", "one")}, ImportOptions{})),
			"a new zone":       second(s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z9", "")}, ImportOptions{})),
			"a dry run":        second(s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z9", "")}, ImportOptions{DryRun: true})),
			"a lost one's end": second(s.DeleteZones(t.Context(), []string{"z1"}, ImportOptions{})),
		} {
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "--restore") || !strings.Contains(err.Error(), "--accept-loss") {
				t.Errorf("%s: %v", name, err)
			}
		}
		importZones(t, s, square(t, "z2", "two")) // is there
		if _, err := s.ExportZones(t.Context(), true); !errors.Is(err, ErrDamaged) {
			t.Errorf("exported: %v", err)
		}
		restore(t, s, saved)
		agree(t, s)
	})
}

func second(_ Summary, err error) error { return err }

func TestImport_intoAStoreWithoutItsIdentityRecordIsRefused(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		saved := export(t, s)
		loseAll(t, s, storeKey)
		_, err := s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z1", "other")}, ImportOptions{})
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "identity record") {
			t.Errorf("got %v", err)
		}
		f := start(t, s, quick())
		await(t, f, "problem says so", func() bool { return strings.Contains(f.Status().Problem, "lost its identity record") })
		restore(t, s, saved)
		awaitReady(t, f, 3)

		loseAll(t, s, storeKey)
		sum, err := s.ImportZones(t.Context(), nil, ImportOptions{AcceptLoss: true})
		if err != nil || sum.Identity == "" {
			t.Fatalf("%+v, %v", sum, err)
		}
		if _, err := s.ImportActivations(t.Context(), nil, ImportOptions{AcceptLoss: true}); err != nil {
			t.Fatal(err)
		}
		fresh := start(t, s, quick())
		awaitReady(t, fresh, 3)
		awaitWhole(t, fresh)
		if fresh.View().Zones() != 2 || fresh.View().Activations() != 1 {
			t.Errorf("%d zones, %d activations", fresh.View().Zones(), fresh.View().Activations())
		}
		agree(t, s)
	})
}

func TestImport_keepsTheRestOfADamagedHistory(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		importZones(t, s, square(t, "z1", "2"), square(t, "z2", "2"))
		if err := s.client.HDel(t.Context(), zones.history(), version("z1", 1)).Err(); err != nil {
			t.Fatal(err)
		}
		f := start(t, s, quick())
		l := awaitLoss(t, f, "zones_history")
		if !l.Past() || !strings.Contains(l.String(), "1 of its 2 superseded revisions of zones") {
			t.Errorf("%+v: %s", l, l)
		}
		s.History = -1 // what is superseded would be removed, had nothing been lost
		importZones(t, s, square(t, "z1", "3"), square(t, "z9", "new"))
		if losses, err := s.Losses(t.Context()); err != nil || len(losses) != 1 || losses[0].Held != 2 || losses[0].Recorded != 3 {
			t.Errorf("%+v, %v", losses, err)
		}
		if _, err := s.ImportZones(t.Context(), nil, ImportOptions{AcceptLoss: true}); err != nil {
			t.Fatal(err)
		}
		agree(t, s)
		awaitWhole(t, f)
	})
}

// What is listed as superseded and is lost must not take the place of what an import can remove: it removes so many at once.
func TestImport_forgetsTheLostOnesOfADamagedHistoryOnceTheLossIsAccepted(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		importZones(t, s, square(t, "z1", "changed"))
		if err := s.client.Del(t.Context(), zones.history()).Err(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ImportZones(t.Context(), nil, ImportOptions{AcceptLoss: true}); err != nil {
			t.Fatal(err)
		}
		s.History = -1
		importZones(t, s, square(t, "z2", "changed"))
		listed, err := s.client.ZRange(t.Context(), zones.superseded(), 0, -1).Result()
		if err != nil || !slices.Equal(listed, []string{"z2@1"}) {
			t.Errorf("listed as superseded: %v, %v", listed, err)
		}
		agree(t, s)
	})
}

func TestFollower_noticesAZoneThatWasReplacedByHand(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		saved := export(t, s)
		options := quick()
		options.Verify = quick().Reconcile
		running := start(t, s, options)
		awaitReady(t, running, 3)
		r := record{ID: "z1", Number: 1, Updated: 1, Sequence: 1, Document: square(t, "z1", "another").AppendCompact(nil)}
		if err := s.client.HSet(t.Context(), zones.current(), "z1", r.encode()).Err(); err != nil {
			t.Fatal(err)
		}
		starting := start(t, s, quick()) // whose load reads everything
		for _, f := range []*Follower{running, starting} {
			if l := awaitLoss(t, f, "zones"); !l.Altered || !strings.Contains(l.String(), "not those imported") {
				t.Errorf("%+v: %s", l, l)
			}
		}
		restore(t, s, saved)
		awaitWhole(t, running)
		awaitWhole(t, starting)
	})
}

func TestImport_replacesWhatCannotBeReadWhereTheLossIsAccepted(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		if err := s.client.HSet(t.Context(), zones.current(), "z1", "no revision at all").Err(); err != nil {
			t.Fatal(err)
		}
		f := start(t, s, quick())
		await(t, f, "z1 is named", func() bool { return len(f.Status().Unenforced) == 1 })
		if _, err := s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z1", "")}, ImportOptions{}); err == nil || !strings.Contains(err.Error(), "--accept-loss") {
			t.Errorf("got %v", err)
		}
		if _, err := s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z1", "")}, ImportOptions{AcceptLoss: true}); err != nil {
			t.Fatal(err)
		}
		awaitWhole(t, f)
		if f.View().Zones() != 2 || zoneRevision(f, "z1") < 2 {
			t.Errorf("%d zones, z1 at %d", f.View().Zones(), zoneRevision(f, "z1"))
		}
		agree(t, s)
	})
}

func TestFollower_givesTheNextLossAnotherNameThoughTheStoreCameBackByItself(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		f := start(t, s, quick())
		awaitReady(t, f, 3)
		all := s.client.HGetAll(t.Context(), zones.current()).Val()
		lose(t, s, zones, "z1")
		first := awaitLoss(t, f, "zones")
		if err := s.client.HSet(t.Context(), zones.current(), "z1", all["z1"]).Err(); err != nil {
			t.Fatal(err)
		}
		awaitWhole(t, f)
		agree(t, s)
		lose(t, s, zones, "z1")
		if again := awaitLoss(t, f, "zones"); again.WholeAt <= first.WholeAt {
			t.Errorf("%+v, was %+v", again, first)
		}
	})
}

func TestFollower_namesAZoneThatCannotBeReadAtTheFirstLoad(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		importZones(t, s, square(t, "z3", ""), square(t, "z4", ""))
		if _, err := s.DeleteZones(t.Context(), []string{"z4"}, ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		damage := func(id string, number, sequence uint64) {
			t.Helper()
			r := record{ID: id, Number: number, Updated: 7, Sequence: sequence, Document: square(t, id, "").AppendCompact(nil)}
			text := []byte(r.encode())
			text[len(text)-20] ^= 4
			if err := s.client.HSet(t.Context(), zones.current(), id, text).Err(); err != nil {
				t.Fatal(err)
			}
		}
		damage("z3", 1, 4)
		damage("z4", 2, 6)
		loseAll(t, s, zones.history(), zones.superseded()) // z4 had an earlier revision
		if err := s.client.HDel(t.Context(), storeKey, zones.sums()).Err(); err != nil {
			t.Fatal(err)
		}
		registry, options := prometheus.NewRegistry(), quick()
		options.Metrics = NewMetrics(registry)
		f := start(t, s, options)
		awaitReady(t, f, 6)
		got := f.Status().Unenforced
		if len(got) != 2 || got[0] != (Unenforced{"z3", 1, 7}) || got[1].ID != "z4" || value(t, registry, "cordon_zones_not_enforced") != 2 {
			t.Errorf("%+v", got)
		}
		if problems := f.Status().Problems(); len(problems) != 2 || !strings.Contains(problems[0], `"z3"`) {
			t.Errorf("problems: %q", problems)
		}
		importZones(t, s, square(t, "z3", "readable"))
		await(t, f, "z3 is in force", func() bool { return len(f.Status().Unenforced) == 1 && f.View().Zones() == 3 })
		if _, err := s.DeleteZones(t.Context(), []string{"z4"}, ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		await(t, f, "z4 is deleted", func() bool { return len(f.Status().Unenforced) == 0 })
	})
}

// The sums of a store that an older program wrote do not tell that a zone is damaged. The zone is in force once it is put back.
func TestFollower_takesAZoneThatIsPutBackIntoAStoreThatWasNotCounted(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		saved := export(t, s)
		if err := s.client.HDel(t.Context(), storeKey, zones.sums(), register.sums()).Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.client.HSet(t.Context(), zones.current(), "z1", "no revision at all").Err(); err != nil {
			t.Fatal(err)
		}
		f := start(t, s, quick())
		await(t, f, "z1 is named", func() bool { return f.Status().Problem == "" && len(f.Status().Unenforced) == 1 })
		restore(t, s, saved)
		awaitWhole(t, f)
		if zoneRevision(f, "z1") != 1 {
			t.Error("z1 is not in force")
		}
	})
}

func TestFollower_saysThatTheStoreHasGoneBackToAnEarlierState(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		old := export(t, s)
		sum := importZones(t, s, square(t, "z3", "three"))
		f := start(t, s, quick())
		awaitReady(t, f, sum.Revision)
		wipe(t, s)
		await(t, f, "both are missing", func() bool { return len(f.Status().Losses) == 2 })
		if l := f.Status().Losses[0]; !l.Unrecorded || l.Recorded != 3 || l.Named() {
			t.Errorf("%+v", l)
		}
		restore(t, s, old)
		await(t, f, "zones are older", func() bool {
			losses := f.Status().Losses
			return len(losses) == 1 && losses[0].Older && losses[0].Revision == sum.Revision
		})
		if _, err := s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z4", "four")}, ImportOptions{AcceptLoss: true}); err != nil {
			t.Fatal(err)
		}
		awaitWhole(t, f)
		if f.View().Zones() != 3 || zoneRevision(f, "z3") != 0 {
			t.Errorf("%d zones, z3 at %d", f.View().Zones(), zoneRevision(f, "z3"))
		}
	})
}

// A store that has gone back and was imported into since has reached the revision that was seen of it. It lacks what was seen
// all the same.
func TestFollower_saysThatTheStoreLacksWhatWasSeenUntilItIsThereAgain(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		old := export(t, s)
		sum := importZones(t, s, square(t, "z3", "three"))
		f := start(t, s, quick())
		awaitReady(t, f, sum.Revision)
		wipe(t, s)
		restore(t, s, old)
		await(t, f, "zones are older, and they alone", func() bool {
			losses := f.Status().Losses
			return len(losses) == 1 && losses[0].Older && losses[0].Of == "zones"
		})
		if again := importZones(t, s, square(t, "z4", "four")); again.Revision != sum.Revision {
			t.Fatalf("revision %d", again.Revision)
		}
		await(t, f, "a zone is named", func() bool {
			if losses := f.Status().Losses; len(losses) != 1 || !losses[0].Older || losses[0].Of != "zones" {
				t.Fatalf("losses %+v", losses)
			}
			return strings.Contains(f.Status().Problem, `"z3"`)
		})
		importZones(t, s, square(t, "z3", "three"))
		awaitWhole(t, f)
	})
}

func TestRestore_ofAnOlderHistoryIntoAnEmptiedStoreIsTakenWhereTheLossIsAccepted(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		old := export(t, s)
		sum := importZones(t, s, square(t, "z3", "three"))
		f := start(t, s, quick())
		awaitReady(t, f, sum.Revision)
		wipe(t, s)
		if _, err := s.RestoreZones(t.Context(), old.zones, RestoreOptions{AcceptLoss: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RestoreActivations(t.Context(), old.register, RestoreOptions{AcceptLoss: true}); err != nil {
			t.Fatal(err)
		}
		await(t, f, "it is taken", func() bool { return len(f.Status().Problems()) == 0 && f.View().Zones() == 2 })
		agree(t, s)
	})
}

func TestImport_listsTheTagsAnewWhenTheListsAreLost(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		loseAll(t, s, tagsKey)
		_, err := s.ImportActivations(t.Context(), []*geofence.Activation{worn("a2", "w2", "d1", 2000, 3000)}, ImportOptions{})
		if err == nil {
			t.Error("an activation that overlaps another one was taken")
		}
		importActivations(t, s, worn("a2", "w2", "d2", 2000, 3000))
		if _, err = s.ImportActivations(t.Context(), []*geofence.Activation{worn("a3", "w3", "d1", 2000, 3000)}, ImportOptions{}); err == nil {
			t.Error("an activation that overlaps another one was taken")
		}
	})
}

// FuzzParseState reads identity records with any content.
func FuzzParseState(f *testing.F) {
	f.Add("id", "3", "2", sums{Revision: 2, Newest: tally{1, 2}, WholeAt: 3}.encode())
	f.Add("id", "3", "2", `{"newest":{"digest":"zz"}}`)
	f.Fuzz(func(t *testing.T, identity, revision, zonesRevision, text string) {
		st, err := parseState(map[string]string{"identity": identity, "revision": revision, zones.field(): zonesRevision, zones.sums(): text})
		if err != nil || identity == "" {
			return
		}
		again, err := parseSums(st.sums[zones].encode())
		if err != nil || again != st.sums[zones] {
			t.Errorf("%+v became %+v, %v", st.sums[zones], again, err)
		}
		st.losses(zones, stock{1, 0})
	})
}
