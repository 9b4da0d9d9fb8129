package ingest

import (
	"math"
	"strconv"
)

// object writes the members of a JSON object one after the other. What a ping does not say is left out.
type object struct{ b []byte }

// key writes a member's name, which needs no escaping, and what stands before it.
func (o *object) key(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func (o *object) text(name, text string) {
	o.key(name)
	o.b = appendText(o.b, text)
}

func (o *object) name(name string, device []byte) {
	o.key(name)
	o.b = appendText(o.b, device)
}

func (o *object) moment(name string, ms int64) {
	o.key(name)
	o.b = append(o.b, '"')
	o.b = AppendTime(o.b, ms)
	o.b = append(o.b, '"')
}

func (o *object) number(name string, v float64) {
	o.key(name)
	o.b = appendNumber(o.b, v)
}

func (o *object) unsigned(name string, v uint64) {
	o.key(name)
	o.b = strconv.AppendUint(o.b, v, 10)
}

// percent writes a charge in the digits of a float32, or more where those would not be read back as the same.
func (o *object) percent(name string, v float32) {
	o.key(name)
	start := len(o.b)
	o.b = strconv.AppendFloat(o.b, float64(v), 'g', -1, 32)
	if wide, _ := strconv.ParseFloat(string(o.b[start:]), 64); float32(wide) != v {
		o.b = appendNumber(o.b[:start], float64(v))
	}
}

func (o *object) flag(name string, f Flag) {
	if f != Unsaid {
		o.key(name)
		o.b = strconv.AppendBool(o.b, f == Yes)
	}
}

// appendNumber writes the shortest digits that are read back as v, without an exponent where that is legible.
func appendNumber(b []byte, v float64) []byte {
	layout := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e15) {
		layout = 'e'
	}
	return strconv.AppendFloat(b, v, layout, -1, 64)
}

// appendText writes a JSON string.
func appendText[T string | []byte](b []byte, s T) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
