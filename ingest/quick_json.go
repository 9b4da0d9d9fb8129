package ingest

import "math/bits"

// quickJSON reads a record of Cordon JSON.
func (d *Decoder) quickJSON(b []byte, p *Ping) bool {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return false
	}
	i = skipSpace(b, i+1)
	var q quick
	shape := &d.shapes[levelTop]
	for n := 0; ; n++ {
		f, at, guessed := shape.guess(b, i, n)
		if !guessed {
			var wrong fault
			if f, at, wrong = d.member(b, i, levelTop, n); wrong != sound {
				return false
			}
		}
		if at >= len(b) || b[at] <= ' ' {
			if at = skipSpace(b, at); at >= len(b) {
				return false
			}
		}
		if i = d.quickValue(b, at, f, p, &q); i == 0 {
			return false
		}
		if i >= len(b) || b[i] <= ' ' {
			if i = skipSpace(b, i); i >= len(b) {
				return false
			}
		}
		if b[i] != ',' {
			return b[i] == '}' && skipSpace(b, i+1) == len(b) && q.fill(p)
		}
		if i++; i < len(b) && b[i] <= ' ' {
			i = skipSpace(b, i)
		}
	}
}

// quickValue reads the value of a field at b[i] and returns the index behind it. As the readers below, it returns 0 when
// it gives up.
func (d *Decoder) quickValue(b []byte, i int, f field, p *Ping, q *quick) (next int) {
	q.seen |= 1 << f
	switch sorts[f] {
	case asText:
		if next = quickText(b, i); next != 0 {
			p.Device = b[i+1 : next-1 : next-1]
		}
	case asMoment:
		var ms int64
		if ms, next = d.day.read(b, i); f == fFixTime {
			p.FixTime = ms
		} else {
			p.ReceivedTime = ms
		}
	case asDecimal:
		var v float64
		v, next = quickDecimal(b, i)
		return q.decimal(f, v, next)
	case asWhole:
		var v uint64
		v, next = quickWhole(b, i)
		return p.whole(f, v, next)
	case asWord:
		return quickWord(b, i, f, p)
	case asFlag:
		return quickFlag(b, i, f, p)
	case asAnything:
		var v value
		end, wrong := v.scan(b, i, 1)
		if wrong == sound {
			return end
		}
	}
	return next
}

// quickText reads a tag's name, in quotes.
func quickText(b []byte, i int) int {
	if b[i] != '"' {
		return 0
	}
	for j := i + 1; j < len(b); j += 8 {
		m := special(eight(b, j))
		if m == 0 {
			continue
		}
		j += bits.TrailingZeros64(m) >> 3
		if j >= len(b) || b[j] != '"' || j == i+1 || j-i-1 > maxName {
			return 0
		}
		return j + 1
	}
	return 0
}

// quickWord reads a source or the state of a strap.
func quickWord(b []byte, i int, f field, p *Ping) int {
	const (
		six      = 1<<48 - 1
		gnss     = '"' | 'g'<<8 | 'n'<<16 | 's'<<24 | 's'<<32 | '"'<<40
		wifi     = '"' | 'w'<<8 | 'i'<<16 | 'f'<<24 | 'i'<<32 | '"'<<40
		cell     = '"' | 'c'<<8 | 'e'<<16 | 'l'<<24 | 'l'<<32 | '"'<<40
		open     = '"' | 'o'<<8 | 'p'<<16 | 'e'<<24 | 'n'<<32 | '"'<<40
		beacon   = '"' | 'b'<<8 | 'e'<<16 | 'a'<<24 | 'c'<<32 | 'o'<<40 | 'n'<<48 | '"'<<56
		closed   = '"' | 'c'<<8 | 'l'<<16 | 'o'<<24 | 's'<<32 | 'e'<<40 | 'd'<<48 | '"'<<56
		tampered = '"' | 't'<<8 | 'a'<<16 | 'm'<<24 | 'p'<<32 | 'e'<<40 | 'r'<<48 | 'e'<<56
	)
	x := eight(b, i)
	if f == fSource {
		switch {
		case x&six == gnss:
			p.Source, i = GNSS, i+6
		case x&six == wifi:
			p.Source, i = WiFi, i+6
		case x&six == cell:
			p.Source, i = Cell, i+6
		case x == beacon:
			p.Source, i = Beacon, i+8
		default:
			return 0
		}
		return i
	}
	switch {
	case x == closed:
		p.Strap, i = StrapClosed, i+8
	case x&six == open:
		p.Strap, i = StrapOpen, i+6
	case x == tampered && len(b)-i > 10 && b[i+8] == 'd' && b[i+9] == '"':
		p.Strap, i = StrapTampered, i+10
	default:
		return 0
	}
	return i
}

// quickFlag reads a yes or a no.
func quickFlag(b []byte, i int, f field, p *Ping) int {
	const (
		four = 1<<32 - 1
		five = 1<<40 - 1
		yes  = 't' | 'r'<<8 | 'u'<<16 | 'e'<<24
		no   = 'f' | 'a'<<8 | 'l'<<16 | 's'<<24 | 'e'<<32
	)
	switch x := eight(b, i); {
	case x&four == yes:
		p.flag(f, true)
		return i + 4
	case x&five == no:
		p.flag(f, false)
		return i + 5
	}
	return 0
}
