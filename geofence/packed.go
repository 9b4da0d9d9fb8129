package geofence

import (
	"encoding/binary"
	"strings"
	"sync/atomic"
)

// packedZone is a zone that binds nobody but the wearers it names, kept as its compact document until it is asked about. A
// processor hears the tags of few of all wearers: most of what it holds it never asks about.
type packedZone struct {
	id       string // a part of the document, as are the texts of the zone
	document string
	revision uint64
	span     span                 // all that is needed to find it by place
	zone     atomic.Pointer[Zone] // nil until it is asked about
}

// Packed returns the revision as a View holds it in least memory: a zone for named wearers as its compact document,
// decoded when it is first asked about. The revision of any other zone, and of none, comes back as it is. document must
// be what AppendCompact makes of r.Zone; it is copied.
func (r ZoneRevision) Packed(document []byte) ZoneRevision {
	z := r.Zone
	if z == nil || z.Audience.Everyone || len(z.Audience.Cohorts) > 0 {
		return r
	}
	p := &packedZone{document: string(document), revision: z.Revision, span: spanIn(z)}
	p.id, _ = p.names()
	r.ID, r.Zone, r.packed = p.id, nil, p
	return r
}

// names returns what the zone is called, and whom it binds.
func (p *packedZone) names() (id string, wearers []string) {
	u, err := unpack(p.document)
	mustBeSound(err)
	_, _ = u.byte(), u.byte()
	id, _ = u.text(), u.text()
	return id, u.list(nil)
}

// rule returns the decision profile that the zone asks for, and leaves it packed. Of the usual one that costs nothing.
func (p *packedZone) rule() string {
	if p.has()&hasRule == 0 {
		return defaultRule
	}
	u, err := unpack(p.document)
	mustBeSound(err)
	z := Zone{}
	u.head(&z, nil)
	return strings.Clone(z.Rule)
}

// Overlong is [Zone.Overlong] of the revision's zone. The zone stays packed.
func (r ZoneRevision) Overlong() bool {
	if r.Zone != nil || r.packed == nil {
		return r.Zone != nil && r.Zone.Overlong()
	}
	const least = 3 // bytes of a window or an exception in a document
	if len(r.packed.document) <= least*MaxTimes {
		return false
	}
	z, err := parseCompact(r.packed.document)
	mustBeSound(err)
	return z.Overlong()
}

// has returns what the zone has beyond what every zone has: the first byte of the body, which follows the version, the
// length of the texts and the texts.
func (p *packedZone) has() byte {
	head := []byte(p.document[1:min(1+binary.MaxVarintLen64, len(p.document))])
	texts, n := binary.Uvarint(head)
	return p.document[1+n+int(texts)]
}

// open returns the zone: to all who ask the same one, whoever was first.
func (p *packedZone) open() *Zone {
	if z := p.zone.Load(); z != nil {
		return z
	}
	z, err := parseCompact(p.document)
	mustBeSound(err)
	z.Revision = p.revision
	if p.zone.CompareAndSwap(nil, z) {
		return z
	}
	return p.zone.Load()
}

// mustBeSound ends the program when a document cannot be read that was read before it was packed, and copied since: the
// memory is broken.
func mustBeSound(err error) {
	if err != nil {
		panic(err)
	}
}
