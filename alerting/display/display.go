package display

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// mostMarks is how many combining marks may stand on one letter. Thai and Vietnamese need two, pointed Hebrew three.
const mostMarks = 4

// brailleBlank is a symbol that shows nothing.
const brailleBlank = '\u2800'

// scanner finds the runes that have to be escaped.
type scanner struct {
	based bool // the runes before are a letter, number or symbol, and its marks
	marks int
}

// harmless reports whether r is shown as itself after the runes before it. size is 1 for a byte that is not UTF-8.
func (s *scanner) harmless(r rune, size int) bool {
	if r < utf8.RuneSelf {
		s.based, s.marks = r > ' ', 0
		return r >= ' ' && r != 0x7f
	}
	switch {
	case r == utf8.RuneError && size == 1, r == brailleBlank, !unicode.IsPrint(r),
		unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
		s.based = false
		return false
	case unicode.In(r, unicode.Mn, unicode.Me):
		s.marks++
		return s.based && s.marks <= mostMarks
	}
	s.based, s.marks = true, 0
	return true
}

// first returns the index of the first rune that has to be escaped, -1 when there is none.
func first(s string) int {
	var scan scanner
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !scan.harmless(r, size) {
			return i
		}
		i += size
	}
	return -1
}

// Line returns s as one line, with every character visible.
func Line(s string) string {
	if first(s) < 0 {
		return s
	}
	return escape(s, "")
}

// Cell returns s as one value of a table. What has to be escaped is put in quotes, and so is what begins with a quote, so
// that no two values look alike.
func Cell(s string) string {
	if first(s) < 0 && !strings.HasPrefix(s, `"`) {
		return s
	}
	return `"` + escape(s, `"\`) + `"`
}

// CSV returns s as text for a cell of a CSV file that a spreadsheet does not read as a formula: an apostrophe is put before
// a character that would begin one. Numbers that the program writes itself do not need it. Quoting is left to encoding/csv.
func CSV(s string) string {
	const begins = "=+-@\t\r\n＝＋－＠"
	r, _ := utf8.DecodeRuneInString(s)
	if s != "" && strings.ContainsRune(begins, r) {
		return "'" + Line(s)
	}
	return Line(s)
}

// escape writes what is not harmless, and the ASCII characters in more, as escape sequences.
func escape(s, more string) string {
	var scan scanner
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case scan.harmless(r, size) && (r >= utf8.RuneSelf || !strings.ContainsRune(more, r)):
			b.WriteString(s[i : i+size])
		case size == 1 && r == utf8.RuneError:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r >= ' ' && r < 0x7f:
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// JSON returns b, which must be valid JSON, with the characters that are not harmless as \u escapes. They occur only in
// strings, so the value stays the same. A byte that is not UTF-8 becomes U+FFFD, which is how JSON readers read it anyway.
func JSON(b []byte) []byte {
	var scan scanner
	var out []byte // nil as long as nothing differs
	kept := 0      // bytes of b that are in out
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if !scan.harmless(r, size) && (r > ' ' || r == utf8.RuneError) { // below is white space between the values
			out = append(out, b[kept:i]...)
			out = appendUTF16(out, r)
			kept = i + size
		}
		i += size
	}
	if kept == 0 {
		return b
	}
	return append(out, b[kept:]...)
}

func appendUTF16(b []byte, r rune) []byte {
	for _, unit := range utf16.AppendRune(nil, r) {
		b = fmt.Appendf(b, `\u%04x`, unit)
	}
	return b
}
