package redisindex

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"cordon/geofence"
)

// record is one revision of one document, as stored. The document is compact, as geofence writes it or, in stores of
// older programs, JSON. No document: a tombstone.
type record struct {
	ID       string
	Number   uint64
	Updated  millis
	Sequence uint64
	Document []byte
}

func (r record) version() string { return version(r.ID, r.Number) }
func (r record) deleted() bool   { return len(r.Document) == 0 }
func (r record) stamp() stamp    { return stamp{r.ID, r.Number, int64(r.Updated)} }

// compact: such a document begins with its version, and no JSON with a control character.
func (r record) compact() bool { return len(r.Document) > 0 && r.Document[0] < ' ' }

// clone returns the record with a document of its own.
func (r record) clone() (record, error) {
	r.Document = bytes.Clone(r.Document)
	return r, nil
}

// recordVersion is the first byte of a stored revision; '{' is that of one which an older program stored, as JSON.
const recordVersion = 1

// encode writes the revision as it is stored: recordVersion, number, updated (ms) and sequence as varints, a CRC-32C of
// the id and of those, the document. The id is that of the key it is stored under.
func (r record) encode() string {
	b := make([]byte, 0, 32+len(r.Document))
	b = binary.AppendUvarint(append(b, recordVersion), r.Number)
	b = binary.AppendVarint(b, int64(r.Updated))
	b = binary.AppendUvarint(b, r.Sequence)
	b = binary.LittleEndian.AppendUint32(b, r.checksum(b))
	return string(append(b, r.Document...))
}

func (r record) checksum(head []byte) uint32 {
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum([]byte(r.ID), castagnoli), castagnoli, head)
}

var errNotStored = errors.New("not a stored revision: it is damaged or cut off")

// decodeRecord reads what is stored under the id. The document is a part of text.
func decodeRecord(id string, text []byte) (record, error) {
	if len(text) > 0 && text[0] == '{' {
		return decodeLine(text)
	}
	r := record{ID: id}
	if len(text) == 0 || text[0] != recordVersion {
		return record{}, errNotStored
	}
	rest := text[1:]
	var n [3]int
	var updated int64
	r.Number, n[0] = binary.Uvarint(rest)
	updated, n[1] = binary.Varint(rest[max(n[0], 0):])
	r.Sequence, n[2] = binary.Uvarint(rest[max(n[0], 0)+max(n[1], 0):])
	if n[0] <= 0 || n[1] <= 0 || n[2] <= 0 {
		return record{}, errNotStored
	}
	end := 1 + n[0] + n[1] + n[2]
	if len(text) < end+4 || binary.LittleEndian.Uint32(text[end:]) != r.checksum(text[:end]) {
		return record{}, errNotStored
	}
	r.Updated, r.Document = millis(updated), text[end+4:]
	return r, nil
}

// line is a revision as it is exported, and as older programs stored it.
type line struct {
	ID       string          `json:"id"`
	Number   uint64          `json:"revision"`
	Updated  millis          `json:"updated_time"`
	Sequence uint64          `json:"sequence"`
	Document json.RawMessage `json:"document,omitempty"`
}

func decodeLine(text []byte) (record, error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return record{}, fmt.Errorf("not a stored revision: %w", err)
	}
	if l.ID == "" || l.Number == 0 || l.Sequence == 0 || l.Updated == 0 {
		return record{}, errors.New("not a stored revision: id, revision, updated_time and sequence are all needed")
	}
	return record{l.ID, l.Number, l.Updated, l.Sequence, l.Document}, nil
}

// line returns the revision of this kind as it is exported.
func (r record) line(k kind) (line, error) {
	document, err := r.text(k)
	return line{r.ID, r.Number, r.Updated, r.Sequence, document}, err
}

// text returns the document as JSON.
func (r record) text(k kind) ([]byte, error) {
	if !r.compact() {
		return r.Document, nil
	}
	if k == register {
		a, err := r.activation()
		if err != nil {
			return nil, err
		}
		return a.Activation.AppendJSON(nil), nil
	}
	z, err := r.zone()
	if err != nil {
		return nil, err
	}
	return z.Zone.AppendJSON(nil), nil
}

// packed returns the revision with its document in compact form, if JSON can be made of that again byte for byte.
// Otherwise, as when the document is not valid, it stays as it is.
func (r record) packed(k kind) record {
	if r.deleted() || r.compact() {
		return r
	}
	p := r
	if k == register {
		a, err := r.activation()
		if err != nil {
			return r
		}
		p.Document = a.Activation.AppendCompact(nil)
	} else {
		z, err := r.zone()
		if err != nil {
			return r
		}
		p.Document = z.Zone.AppendCompact(nil)
	}
	if text, err := p.text(k); err != nil || !bytes.Equal(text, r.Document) {
		return r
	}
	return p
}

var errOtherID = errors.New("the document has another id than the key it is stored under")

func (r record) zone() (geofence.ZoneRevision, error) {
	z := geofence.ZoneRevision{ID: r.ID, Number: r.Number, Updated: int64(r.Updated)}
	if r.deleted() {
		return z, nil
	}
	parse := geofence.ParseZone
	if r.compact() {
		parse = geofence.ParseCompact
	}
	parsed, err := parse(r.Document)
	if err != nil {
		return z, err
	}
	if parsed.ID != r.ID {
		return z, errOtherID
	}
	parsed.Revision = r.Number
	z.ID, z.Zone = parsed.ID, parsed // of two equal strings one is kept
	return z, nil
}

// packedZone is zone for a View: a zone for named wearers comes packed.
func (r record) packedZone() (geofence.ZoneRevision, error) {
	z, err := r.zone()
	switch {
	case err != nil || r.deleted():
		return z, err
	case r.compact():
		return z.Packed(r.Document), nil
	}
	return z.Packed(z.Zone.AppendCompact(nil)), nil
}

func (r record) activation() (geofence.ActivationRevision, error) {
	a := geofence.ActivationRevision{ID: r.ID, Number: r.Number, Updated: int64(r.Updated)}
	if r.deleted() {
		return a, nil
	}
	parse := geofence.ParseActivation
	if r.compact() {
		parse = geofence.ParseCompactActivation
	}
	parsed, err := parse(r.Document)
	if err != nil {
		return a, err
	}
	if parsed.ID != r.ID {
		return a, errOtherID
	}
	parsed.Revision = r.Number
	a.ID, a.Activation = parsed.ID, parsed
	return a, nil
}
