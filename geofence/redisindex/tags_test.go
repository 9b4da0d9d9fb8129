package redisindex

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"cordon/geofence"
)

// TestImport_refusesOverlapsAsIfItReadTheWholeRegister draws imports, deletions and restores, and asks CheckOverlaps
// about everything stored.
func TestImport_refusesOverlapsAsIfItReadTheWholeRegister(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		rng := rand.New(rand.NewPCG(3, 4))
		model := map[string]*geofence.Activation{}
		refused := 0
		for range 150 {
			if rng.IntN(10) == 0 {
				disturb(t, s, rng, model)
			}
			next := map[string]*geofence.Activation{}
			for range 1 + rng.IntN(2) {
				fitted := rng.Int64N(50) + 1
				a := worn(fmt.Sprintf("a%d", rng.IntN(12)), "w", fmt.Sprintf("d%d", rng.IntN(4)), fitted, fitted+1+rng.Int64N(12))
				next[a.ID] = a
			}
			var drafts, all []*geofence.Activation
			for _, a := range next {
				drafts, all = append(drafts, a), append(all, a)
			}
			for id, a := range model {
				if next[id] == nil {
					all = append(all, a)
				}
			}
			want := geofence.CheckOverlaps(all)
			if _, err := s.ImportActivations(t.Context(), drafts, ImportOptions{}); (err == nil) != (want == nil) {
				t.Fatalf("import: %v, the whole register says %v", err, want)
			}
			if want != nil {
				refused++
				continue
			}
			for id, a := range next {
				model[id] = a
			}
		}
		if refused == 0 || refused == 150 {
			t.Errorf("%d imports refused: the test tells nothing", refused)
		}
	})
}

// disturb does something else to the register: deletes an activation, restores it all, or forgets the lists as a store
// of an older program has none.
func disturb(t *testing.T, s *Store, rng *rand.Rand, model map[string]*geofence.Activation) {
	t.Helper()
	if len(model) == 0 {
		return
	}
	switch rng.IntN(3) {
	case 0:
		for id := range model {
			if _, err := s.DeleteActivations(t.Context(), []string{id}, ImportOptions{}); err != nil {
				t.Fatal(err)
			}
			delete(model, id)
			return
		}
	case 1:
		saved, err := s.ExportActivations(t.Context(), true)
		if err == nil {
			_, err = s.RestoreActivations(t.Context(), saved, RestoreOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
	default:
		if err := s.client.Del(t.Context(), tagsKey).Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.client.HDel(t.Context(), storeKey, tagsField).Err(); err != nil {
			t.Fatal(err)
		}
	}
}
