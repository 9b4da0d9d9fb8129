package redisindex

import (
	"encoding/json"
	"strings"
	"testing"

	"cordon/geofence"
)

// rotten is a next revision of z1, sound but for one bit of the document.
func rotten(t *testing.T, sequence uint64) string {
	t.Helper()
	r := record{ID: "z1", Number: sequence - 2, Updated: 1, Sequence: sequence, Document: square(t, "z1", "Mrs Example's house").AppendCompact(nil)}
	text := []byte(r.encode())
	text[len(text)-20] ^= 4
	return string(text)
}

func TestFollower_refusesADamagedDocumentAndKeepsTheOldRevision(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		f, registry, logged := startOverheard(t, s)
		spoil(t, s, 4, rotten(t, 4))
		refuses(t, f, 4)
		if value(t, registry, "cordon_zone_documents_refused_total") != 1 {
			t.Error("not counted")
		}
		if text := logged.String(); !strings.Contains(text, "id=z1") || !strings.Contains(text, "revision=2") || strings.Contains(text, "Example") {
			t.Errorf("logged: %s", text)
		}
		refuses(t, start(t, s, quick()), 4)
		if _, err := s.Zones(t.Context()); err == nil || !strings.Contains(err.Error(), `"z1"`) {
			t.Errorf("listed: %v", err)
		}
		if _, err := s.ExportZones(t.Context(), true); err == nil || !strings.Contains(err.Error(), `"z1"`) {
			t.Errorf("exported: %v", err)
		}
		sum := importZones(t, s, square(t, "z1", "imported anew"))
		await(t, f, "mended", func() bool { return f.Status().Refused == 0 && f.Status().Revision == sum.Revision })
	})
}

func TestRecord_noticesEveryChangedBitOfWhatStandsBeforeTheDocument(t *testing.T) {
	r := record{ID: "z1", Number: 300, Updated: 1_700_000_000_000, Sequence: 70_000}
	text := []byte(r.encode())
	if got, err := decodeRecord("z1", text); err != nil || got.stamp() != r.stamp() || got.Sequence != r.Sequence || !got.deleted() {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := decodeRecord("z2", text); err == nil {
		t.Error("taken for a revision of another id")
	}
	for n := range text {
		if _, err := decodeRecord("z1", text[:n]); err == nil {
			t.Errorf("the first %d bytes were taken", n)
		}
		for bit := range 8 {
			text[n] ^= 1 << bit
			if got, err := decodeRecord("z1", text); err == nil {
				t.Errorf("bit %d of byte %d: %+v", bit, n, got)
			}
			text[n] ^= 1 << bit
		}
	}
}

// age rewrites every revision as programs stored it that knew no compact form.
func age(t *testing.T, s *Store) {
	t.Helper()
	for _, k := range []kind{zones, register} {
		for key, of := range map[string]name{k.current(): current, k.history(): superseded} {
			all, err := s.client.HGetAll(t.Context(), key).Result()
			if err != nil {
				t.Fatal(err)
			}
			for field, text := range all {
				id, _ := of(field)
				r, err := decodeRecord(id, []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				l, err := r.line(k)
				if err != nil {
					t.Fatal(err)
				}
				old, err := json.Marshal(l)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.client.HSet(t.Context(), key, field, old).Err(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestStore_readsWhatOlderProgramsStored(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		importZones(t, s, square(t, "z1", "one, changed"))
		if _, err := s.DeleteZones(t.Context(), []string{"z2"}, ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		before := everything(t, s)
		age(t, s)
		if after := everything(t, s); after != before {
			t.Errorf("it says\n%s\nand said\n%s", after, before)
		}
		sum := importZones(t, s, square(t, "z1", "one, changed"))
		if sum.Unchanged != 1 {
			t.Errorf("the same zone: %+v", sum)
		}
		if sum := importActivations(t, s, worn("a1", "w1", "d1", 1000, geofence.Always)); sum.Unchanged != 1 {
			t.Errorf("the same activation: %+v", sum)
		}
		f := start(t, s, quick())
		awaitReady(t, f, 5)
		if f.View().Zones() != 1 || zoneRevision(f, "z1") != 2 || f.View().Activations() != 1 {
			t.Errorf("%d zones, z1 at %d, %d activations", f.View().Zones(), zoneRevision(f, "z1"), f.View().Activations())
		}
		sum = importZones(t, s, square(t, "z1", "one, changed again"))
		awaitReady(t, f, sum.Revision)
		if zoneRevision(f, "z1") != 3 {
			t.Errorf("z1 at %d", zoneRevision(f, "z1"))
		}
	})
}

func TestRestore_storesCompactWhatIsValidAndLeavesTheRestAsItIs(t *testing.T) {
	sound := record{ID: "z1", Number: 1, Updated: 1, Sequence: 1, Document: square(t, "z1", "").AppendJSON(nil)}
	if p := sound.packed(zones); !p.compact() {
		t.Errorf("stored %q", p.Document)
	}
	for _, text := range []string{
		`{"type":"Feature"}`,
		strings.Replace(string(sound.Document), "51.51", "51.51000", 1), // would not come back byte for byte
	} {
		r := sound
		r.Document = []byte(text)
		if p := r.packed(zones); string(p.Document) != text {
			t.Errorf("stored %q, was %q", p.Document, text)
		}
	}
}

// FuzzDecodeRecord reads whatever a broken tool may have left in a hash.
func FuzzDecodeRecord(f *testing.F) {
	f.Add("z1", record{ID: "z1", Number: 1, Updated: 1, Sequence: 1}.encode())
	f.Add("z1", `{"id":"z1","revision":2,"updated_time":"2026-11-23T10:00:00.000Z","sequence":4,"document":{}}`)
	f.Fuzz(func(t *testing.T, id, text string) {
		r, err := decodeRecord(id, []byte(text))
		if err != nil {
			return
		}
		again, err := decodeRecord(r.ID, []byte(r.encode()))
		if err != nil || again.stamp() != r.stamp() || string(again.Document) != string(r.Document) {
			t.Errorf("%+v became %+v, %v", r, again, err)
		}
	})
}
