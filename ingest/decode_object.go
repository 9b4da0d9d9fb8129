package ingest

import "strconv"

// object notes the members of the object that opens at b[i], and returns where it ends or where the fault is.
func (d *Decoder) object(b []byte, i int, lv level) (int, fault) {
	var ignored value
	s := &d.shapes[lv]
	if i = skipSpace(b, i+1); i < len(b) && b[i] == '}' {
		return i + 1, sound
	}
	for n := 0; ; n++ {
		known, at, ok := s.guess(b, i, n)
		if !ok {
			var f fault
			if known, at, f = d.member(b, i, lv, n); f != sound {
				return at, f
			}
		}
		v := &ignored
		if known != noField {
			v = &d.values[known]
			d.noted |= 1 << known
		}
		var f fault
		if i, f = v.scan(b, skipSpace(b, at), 1); f != sound {
			return i, f
		}
		if i = skipSpace(b, i); i >= len(b) {
			return i, endsEarly
		}
		if b[i] == '}' {
			return i + 1, sound
		}
		if b[i] != ',' {
			return i, noComma
		}
		i = skipSpace(b, i+1)
	}
}

// member reads the name of the n-th member of an object, up to its colon, and remembers it.
func (d *Decoder) member(b []byte, i int, lv level, n int) (f field, next int, wrong fault) {
	key, next, esc, wrong := scanKey(b, i)
	if wrong != sound {
		return noField, next, wrong
	}
	if esc != 0 {
		d.scratch = unescape(d.scratch[:0], key)
		key = d.scratch
	}
	f = lv.fieldOf(key)
	d.shapes[lv].learn(n, b[i:next], f)
	return f, next, sound
}

// text reads all of a record that is JSON.
func (d *Decoder) text(b []byte) (int, fault) {
	d.noted = 0
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return i, noObject
	}
	i, f := d.object(b, i, levelTop)
	if f != sound {
		return i, f
	}
	if i = skipSpace(b, i); i < len(b) {
		return i, trailing
	}
	return i, sound
}

// inner notes the members of the object that f is, if it is one. It was read over before, so it has no fault.
func (d *Decoder) inner(b []byte, f field, lv level) {
	if d.is(f, isObject) {
		d.object(b, int(d.values[f].start), lv)
	}
}

// has reports whether a field is there and not null.
func (d *Decoder) has(f field) bool { return d.noted&(1<<f) != 0 && d.values[f].kind != isNull }

// is reports whether a field is there and of a kind.
func (d *Decoder) is(f field, k kind) bool { return d.noted&(1<<f) != 0 && d.values[f].kind == k }

// content is what the text v says. It is valid until the next call.
func (d *Decoder) content(b []byte, v *value) []byte {
	t := b[v.start:v.end]
	if v.marks&escaped == 0 {
		return t
	}
	d.scratch = unescape(d.scratch[:0], t)
	return d.scratch
}

func notJSON(at int, f fault) *Rejection {
	return &Rejection{Malformed, "byte " + strconv.Itoa(at) + ": " + faultTexts[f]}
}
