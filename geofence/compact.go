package geofence

import (
	"errors"
	"fmt"

	"github.com/paulmach/orb"
)

// compactVersion is the first byte of a compact document. It stands for the layout and for the rules of validity by which
// the document was accepted. A new rule that refuses more than before needs a new version, and documents of the old version
// then have to be validated again. [MaxTimes] needs none: it only applies to imports.
const compactVersion = 1

// ErrCompact is wrapped by the errors of [ParseCompact] and [ParseCompactActivation].
var ErrCompact = errors.New("geofence: not a sound compact document")

var errMalformed = fmt.Errorf("%w: it does not hold what its version promises: import it anew", ErrCompact)

// What a zone has beyond what every zone has.
const (
	hasInclusion = 1 << iota
	hasRadius
	hasEveryone
	hasBuffer
	hasActiveFrom
	hasActiveTo
	hasTimezone
	hasRule
)

func severities() [4]Severity { return [...]Severity{Critical, Serious, Warning, Info} }

// AppendCompact appends the zone as a store keeps one that was found valid, a tenth of its GeoJSON and without what the
// store adds. Equal zones have equal bytes. z must be as [ParseZones] returns it, for whoever reads the bytes takes the
// zone for valid.
func (z *Zone) AppendCompact(b []byte) []byte {
	p := packer{}
	has := z.has()
	p.body = append(p.body, has, z.rank())
	p.text(z.ID)
	p.text(z.Name)
	p.list(z.Audience.Wearers)
	p.list(z.Audience.Cohorts)
	if has&hasBuffer != 0 {
		p.float(z.BufferM)
	}
	if has&hasActiveFrom != 0 {
		p.varint(z.ActiveFrom.UnixMilli())
	}
	if has&hasActiveTo != 0 {
		p.varint(z.ActiveTo.UnixMilli())
	}
	if has&hasTimezone != 0 {
		p.text(z.location().String())
	}
	if has&hasRule != 0 {
		p.text(z.Rule)
	}
	p.schedule(z.Schedule)
	p.exceptions(z.Exceptions)
	p.shape(&z.Shape)
	return p.appendTo(b)
}

func (z *Zone) has() byte {
	var has byte
	set := func(flag byte, is bool) {
		if is {
			has |= flag
		}
	}
	set(hasInclusion, z.Kind == Inclusion)
	set(hasRadius, z.Shape.Radius > 0)
	set(hasEveryone, z.Audience.Everyone)
	set(hasBuffer, z.BufferM > 0)
	set(hasActiveFrom, !z.ActiveFrom.IsZero())
	set(hasActiveTo, !z.ActiveTo.IsZero())
	set(hasTimezone, z.location().String() != defaultTimezone)
	set(hasRule, z.Rule != "" && z.Rule != defaultRule)
	return has
}

// rank is the place of the zone's severity among all.
func (z *Zone) rank() byte {
	for i, s := range severities() {
		if s == z.Severity {
			return byte(i)
		}
	}
	return 0
}

// oneOfAll is a zone with room for what nearly every zone has one of: one piece of memory instead of four.
type oneOfAll struct {
	zone     Zone
	polygons [1]orb.Polygon
	rings    [1]orb.Ring
	wearers  [1]string
}

// ParseCompact reads what [Zone.AppendCompact] wrote, and keeps nothing of b. It trusts the checksum that the zone was
// valid when it was written and looks for neither crossings nor touching rings again; what it returns has closed rings
// of at least four positions on earth whatever b holds. The error wraps [ErrCompact].
func ParseCompact(b []byte) (*Zone, error) { return parseCompact(b) }

func parseCompact[D []byte | string](document D) (*Zone, error) {
	u, err := unpack(document)
	if err != nil {
		return nil, err
	}
	all := &oneOfAll{}
	z := &all.zone
	has, zone := u.head(z, all.wearers[:])
	z.Schedule, z.Exceptions = u.schedule(), u.exceptions()
	if has&hasRadius != 0 {
		z.Shape = u.circle()
	} else {
		z.Shape.Polygons = u.polygons(all)
	}
	if z.ID == "" || !(0 <= z.BufferM && z.BufferM <= maxBuffer) || !u.done() {
		return nil, errMalformed
	}
	if z.Location, err = location(zone); err != nil {
		return nil, fmt.Errorf("%w: its time zone is not known here: install the time zone database", ErrCompact)
	}
	return z, nil
}

// head reads what stands before the timetable. It returns what the zone has, and the name of its time zone.
func (u *unpacker) head(z *Zone, room []string) (has byte, timezone string) {
	has, rank := u.byte(), u.byte()
	if rank > 3 {
		u.fail()
	}
	z.Kind, z.Severity = Exclusion, severities()[rank&3]
	if has&hasInclusion != 0 {
		z.Kind = Inclusion
	}
	z.ID, z.Name = u.text(), u.text()
	z.Audience = Audience{Everyone: has&hasEveryone != 0, Wearers: u.list(room), Cohorts: u.list(nil)}
	if has&hasBuffer != 0 {
		z.BufferM = u.float()
	}
	if has&hasActiveFrom != 0 {
		z.ActiveFrom = u.instant()
	}
	if has&hasActiveTo != 0 {
		z.ActiveTo = u.instant()
	}
	timezone, z.Rule = defaultTimezone, defaultRule
	if has&hasTimezone != 0 {
		timezone = u.text()
	}
	if has&hasRule != 0 {
		z.Rule = u.text()
	}
	return has, timezone
}

// AppendCompact appends the activation as [Zone.AppendCompact] does a zone.
func (a *Activation) AppendCompact(b []byte) []byte {
	p := packer{}
	tier := a.Tier
	if tier == 0 {
		tier = defaultTier
	}
	p.body = append(p.body, byte(tier))
	p.text(a.ID)
	p.text(a.Wearer)
	p.text(a.Device)
	p.list(a.Cohorts)
	p.varint(a.Fitted)
	p.varint(a.Removed)
	return p.appendTo(b)
}

// ParseCompactActivation reads what [Activation.AppendCompact] wrote, and keeps nothing of b. The error wraps
// [ErrCompact].
func ParseCompactActivation(b []byte) (*Activation, error) {
	u, err := unpack(b)
	if err != nil {
		return nil, err
	}
	a := &Activation{Tier: int(u.byte()), ID: u.text(), Wearer: u.text(), Device: u.text(), Cohorts: u.list(nil),
		Fitted: u.varint(), Removed: u.varint()}
	if a.ID == "" || a.Wearer == "" || a.Device == "" || a.Tier < 1 || a.Tier > 3 || a.Removed <= a.Fitted || !u.done() {
		return nil, errMalformed
	}
	return a, nil
}
