package redisindex

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"cordon/geofence"
)

func TestImport_givesTheStoreAnIdentityOnceAndRevisionsToWhatChanged(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		first := importZones(t, s, square(t, "z1", "one"), square(t, "z2", "two"))
		if first.Added != 2 || len(first.Identity) != 32 || first.Revision != 2 {
			t.Fatalf("first import: %+v", first)
		}
		second := importZones(t, s, square(t, "z1", "one"), square(t, "z2", "other"), square(t, "z3", "three"))
		if second.Added != 1 || second.Changed != 1 || second.Unchanged != 1 || second.Identity != first.Identity || second.Revision != 4 {
			t.Fatalf("second import: %+v", second)
		}
		list, err := s.Zones(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(numbers(list)); got != "[z1@1 z2@2 z3@1]" {
			t.Errorf("stored %v", got)
		}
	})
}

func numbers(list []geofence.ZoneRevision) []string {
	var out []string
	for _, r := range list {
		out = append(out, version(r.ID, r.Number))
	}
	return out
}

func TestImport_isAllOrNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		before := everything(t, s)

		_, err := s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z9", ""), square(t, "z1", "changed")}, ImportOptions{InForceFrom: 1})
		if err == nil || !strings.Contains(err.Error(), `"z1"`) {
			t.Errorf("in force before its own last revision: %v", err)
		}
		_, err = s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z9", ""), square(t, "z9", "twice")}, ImportOptions{})
		if err == nil || !strings.Contains(err.Error(), `"z9"`) {
			t.Errorf("one id twice: %v", err)
		}
		_, err = s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z9", "")}, ImportOptions{InForceFrom: time.Now().Add(time.Hour).UnixMilli()})
		if err == nil {
			t.Error("in force from the future was taken")
		}
		_, err = s.ImportActivations(t.Context(), []*geofence.Activation{
			worn("a2", "w2", "d2", 1000, geofence.Always), worn("a3", "w3", "d1", 2000, 3000)}, ImportOptions{})
		if err == nil {
			t.Error("an activation that overlaps a stored one was taken")
		}
		_, err = s.DeleteZones(t.Context(), []string{"z1", "nowhere"}, ImportOptions{})
		if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), `"nowhere"`) {
			t.Errorf("delete of an unknown id: %v", err)
		}
		if after := everything(t, s); after != before {
			t.Errorf("something was stored:\n%s\nbefore:\n%s", after, before)
		}
	})
}

// everything is the whole store as text.
func everything(t *testing.T, s *Store) string {
	t.Helper()
	z, err := s.ExportZones(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.ExportActivations(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	return string(z) + string(a)
}

func TestImport_dryRunChangesNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		dry := ImportOptions{DryRun: true}
		sum, err := s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z1", "")}, dry)
		if err != nil || sum.Added != 1 {
			t.Fatalf("%+v, %v", sum, err)
		}
		if identity, err := s.Identity(t.Context()); err != nil || identity != "" {
			t.Errorf("the store has become %q, %v", identity, err)
		}
	})
}

func TestImport_timesOfOneZoneAreStrictlyIncreasing(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		for n := range 5 {
			importZones(t, s, square(t, "z1", fmt.Sprint(n)))
		}
		all, err := asOf(t.Context(), s, 5, records(zones))
		if err != nil {
			t.Fatal(err)
		}
		records := all.sound
		if len(records) != 5 {
			t.Fatalf("%d revisions kept, want 5", len(records))
		}
		for i, r := range records {
			if r.Number != uint64(i+1) || (i > 0 && r.Updated <= records[i-1].Updated) {
				t.Errorf("revision %d: number %d, in force from %v", i+1, r.Number, r.Updated)
			}
		}
	})
}

func TestImport_backdatesAfterTheRevisionBefore(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		from := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMilli()
		if _, err := s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z1", "")}, ImportOptions{InForceFrom: from}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z1", "again")}, ImportOptions{InForceFrom: from}); err == nil {
			t.Error("two revisions in force from the same time")
		}
		if _, err := s.ImportZones(t.Context(), []*geofence.Zone{square(t, "z1", "again")}, ImportOptions{InForceFrom: from + 1}); err != nil {
			t.Error(err)
		}
		list, err := s.Zones(t.Context())
		if err != nil || list[0].Updated != from+1 || list[0].Number != 2 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestDelete_leavesATombstoneAndNumbersGoOn(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		sum, err := s.DeleteZones(t.Context(), []string{"z1"}, ImportOptions{})
		if err != nil || sum.Deleted != 1 || sum.Revision != 4 {
			t.Fatalf("%+v, %v", sum, err)
		}
		if _, err := s.DeleteZones(t.Context(), []string{"z1"}, ImportOptions{}); !errors.Is(err, ErrUnknown) {
			t.Errorf("deleted twice: %v", err)
		}
		if sum := importZones(t, s, square(t, "z1", "one")); sum.Added != 1 {
			t.Errorf("%+v", sum)
		}
		list, err := s.Zones(t.Context())
		if got := fmt.Sprint(numbers(list)); err != nil || got != "[z1@3 z2@1]" {
			t.Errorf("stored %v, %v", got, err)
		}
		if _, err := s.DeleteActivations(t.Context(), []string{"a1"}, ImportOptions{}); err != nil {
			t.Error(err)
		}
		if left, err := s.Activations(t.Context()); err != nil || len(left) != 0 {
			t.Errorf("%v, %v", left, err)
		}
	})
}

func TestImport_prunesWhatWasSupersededLongAgo(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		s.History = -time.Hour // even what is superseded now is too old for the next import
		for n := range 4 {
			importZones(t, s, square(t, "z1", fmt.Sprint(n)))
		}
		all, err := asOf(t.Context(), s, 4, records(zones))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(all.sound); got != 2 {
			t.Errorf("%d revisions kept, want the newest and the one superseded by it", got)
		}
	})
}

func TestImport_concurrentOnesTakeTurns(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		const writers, rounds = 4, 5
		var group sync.WaitGroup
		for w := range writers {
			group.Go(func() {
				for n := range rounds {
					shared, own := square(t, "shared", fmt.Sprint(w, n)), square(t, fmt.Sprintf("own-%d", w), fmt.Sprint(n))
					if _, err := s.ImportZones(t.Context(), []*geofence.Zone{shared, own}, ImportOptions{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		all, err := asOf(t.Context(), s, 1000, records(zones))
		if err != nil {
			t.Fatal(err)
		}
		sequences := map[uint64]bool{}
		count := map[string]uint64{}
		for _, r := range all.sound {
			sequences[r.Sequence] = true
			count[r.ID]++
			if r.Number != count[r.ID] {
				t.Errorf("%s: revision %d is missing", r.ID, count[r.ID])
			}
		}
		if len(sequences) != 2*writers*rounds || count["shared"] != writers*rounds {
			t.Errorf("%d sequences, %d revisions of the shared zone", len(sequences), count["shared"])
		}
	})
}
