package ingest

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// Every byte of a word set to 1, and to 0x80: the way to look at eight bytes at once.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks, by the high bit of its byte, the first byte of eight that needs a closer look: a quote, a backslash, a
// control character, a byte above ASCII. (A borrow can mark a byte wrongly, but only above one that is marked rightly.)
func special(x uint64) uint64 {
	quote := x ^ '"'*ones
	slash := x ^ '\\'*ones
	return (quote-ones)&^quote&highs | (slash-ones)&^slash&highs | (x-' '*ones)&^x&highs | x&highs
}

// scanText reads a string whose first byte after the quote is b[i]. It returns the index after the closing quote, or
// where the fault is.
func scanText(b []byte, i int) (end int, esc marks, f fault) {
	for {
		for i+8 <= len(b) {
			m := special(binary.LittleEndian.Uint64(b[i:]))
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return i, esc, endsEarly
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, esc, sound
		case c == '\\':
			if i, f = scanEscape(b, i); f != sound {
				return i, esc, f
			}
			esc = escaped
		case c < ' ':
			return i, esc, controlInText
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && size == 1 {
				return i, esc, badUTF8
			}
			i += size
		}
	}
}

// scanEscape reads the escape sequence at b[i], both of them for a surrogate pair. The grammar allows half a pair, but
// it stands for no character, so that two different names could become one: it is refused.
func scanEscape(b []byte, i int) (int, fault) {
	if i+1 >= len(b) {
		return i, endsEarly
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, sound
	case 'u':
		_, size, f := unicodeEscape(b[i:])
		return i + size, f
	}
	return i, badEscape
}

// unicodeEscape reads \uXXXX, or two of them that make one character.
func unicodeEscape(b []byte) (r rune, size int, f fault) {
	r, ok := hex4(b)
	if !ok {
		return 0, 0, badEscape
	}
	if !utf16.IsSurrogate(r) {
		return r, 6, sound
	}
	low, ok := hex4(b[6:])
	if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
		return 0, 0, loneSurrogate
	}
	return r, 12, sound
}

// hex4 reads \uXXXX at the start of b.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case isDigit(c):
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape appends the characters that a scanned text stands for.
func unescape(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			dst = append(dst, text[i])
			i++
			continue
		}
		switch c := text[i+1]; c {
		case 'u':
			r, size, _ := unicodeEscape(text[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		default:
			dst = append(dst, c)
		}
		i += 2
	}
	return dst
}
