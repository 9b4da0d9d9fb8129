package redisindex

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cordon/geofence"
)

// timeLayout is how a time is written: UTC with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// millis is a time in ms since the Unix epoch that JSON holds as text.
type millis int64

func (m millis) String() string { return time.UnixMilli(int64(m)).UTC().Format(timeLayout) }

func (m millis) MarshalJSON() ([]byte, error) { return []byte(`"` + m.String() + `"`), nil }

func (m *millis) UnmarshalJSON(text []byte) error {
	var t time.Time
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	*m = millis(t.UnixMilli())
	return nil
}

// record is one revision of one document, as stored and as exported. No Document: a tombstone.
type record struct {
	ID       string          `json:"id"`
	Number   uint64          `json:"revision"`
	Updated  millis          `json:"updated_time"`
	Sequence uint64          `json:"sequence"`
	Document json.RawMessage `json:"document,omitempty"`
}

func (r record) version() string { return version(r.ID, r.Number) }
func (r record) deleted() bool   { return len(r.Document) == 0 }

// encode keeps the document byte for byte: documents are compared to find out whether an import changes them.
func (r record) encode() (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return "", fmt.Errorf("redisindex: encode revision %d of %q: %w", r.Number, r.ID, err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

func decodeRecord(text []byte) (record, error) {
	var r record
	if err := json.Unmarshal(text, &r); err != nil {
		return record{}, fmt.Errorf("not a stored revision: %w", err)
	}
	if r.ID == "" || r.Number == 0 || r.Sequence == 0 || r.Updated == 0 {
		return record{}, errors.New("not a stored revision: id, revision, updated_time and sequence are all needed")
	}
	return r, nil
}

func (r record) zone() (geofence.ZoneRevision, error) {
	z := geofence.ZoneRevision{ID: r.ID, Number: r.Number, Updated: int64(r.Updated)}
	if r.deleted() {
		return z, nil
	}
	parsed, err := geofence.ParseZone(r.Document)
	if err != nil {
		return z, err
	}
	if parsed.ID != r.ID {
		return z, errors.New("the document has another id than the key it is stored under")
	}
	parsed.Revision = r.Number
	z.Zone = parsed
	return z, nil
}

func (r record) activation() (geofence.ActivationRevision, error) {
	a := geofence.ActivationRevision{ID: r.ID, Number: r.Number, Updated: int64(r.Updated)}
	if r.deleted() {
		return a, nil
	}
	parsed, err := geofence.ParseActivation(r.Document)
	if err != nil {
		return a, err
	}
	if parsed.ID != r.ID {
		return a, errors.New("the document has another id than the key it is stored under")
	}
	parsed.Revision = r.Number
	a.Activation = parsed
	return a, nil
}
