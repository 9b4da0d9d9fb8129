package ingest

// This is a reader of JSON as RFC 8259 has it, over bytes in memory: it checks the grammar of a whole record and notes
// where the members we know lie. Nothing is converted before it is asked for. Of repeated keys the last counts.

// kind is what a noted value is.
type kind uint8

const (
	isNull kind = iota
	isText
	isNumber
	isTrue
	isFalse
	isObject
	isArray
	isReal   // a float64, by its bits: protobuf only
	isMillis // a time, ms since the Unix epoch: protobuf only
	isCode   // a number that stands for a word: protobuf only
)

// value is a noted value: a span of the record, and for a number what reading it gave.
type value struct {
	bits       uint64 // a number's digits; of isReal, isMillis, isCode the value itself
	start, end uint16 // of a text: between its quotes
	exp        int16  // a number is bits × 10^exp
	kind       kind
	marks      marks
}

// marks say more about a value.
type marks uint8

const (
	escaped  marks = 1 << iota // a text that holds an escape sequence
	negative                   // a number with a minus sign
	whole                      // a number without fraction and exponent
	inexact                    // a number with more digits than bits holds
	hollow                     // an object or array without members
)

// fault is why a text is not JSON.
type fault uint8

const (
	sound fault = iota
	endsEarly
	noObject
	noKey
	noColon
	noComma
	noValue
	badLiteral
	badNumber
	badEscape
	loneSurrogate
	controlInText
	badUTF8
	tooDeep
	trailing
)

var faultTexts = [...]string{
	sound:         "",
	endsEarly:     "the record ends in the middle of the JSON text",
	noObject:      "the record is not a JSON object",
	noKey:         "a member's name in quotes is missing",
	noColon:       "the colon after a member's name is missing",
	noComma:       "a comma or a closing bracket is missing",
	noValue:       "a value is missing",
	badLiteral:    "a word that is none of true, false, null",
	badNumber:     "a number not written as JSON has it",
	badEscape:     "an unknown escape sequence in a string",
	loneSurrogate: "half of a surrogate pair in a string",
	controlInText: "a control character in a string",
	badUTF8:       "bytes in a string that are not UTF-8",
	tooDeep:       "objects or arrays nested too deep",
	trailing:      "something follows the JSON text",
}

// maxDepth is how deep objects and arrays may be nested: a Traccar record has three levels.
const maxDepth = 64

// skipSpace returns the index of the first byte at or after i that is not white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) {
		if c := b[i]; c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return i
		}
		i++
	}
	return i
}

// scan reads the value that begins at b[i], into v. It returns where the value ends, or where the fault is.
func (v *value) scan(b []byte, i, depth int) (int, fault) {
	if i >= len(b) {
		return i, endsEarly
	}
	switch c := b[i]; c {
	case '"':
		end, esc, f := scanText(b, i+1)
		*v = value{kind: isText, marks: esc, start: uint16(i + 1), end: uint16(end - 1)}
		return end, f
	case '{', '[':
		return v.scanNested(b, i, depth)
	case 't':
		return v.scanWord(b, i, "true", isTrue)
	case 'f':
		return v.scanWord(b, i, "false", isFalse)
	case 'n':
		return v.scanWord(b, i, "null", isNull)
	default:
		if c == '-' || isDigit(c) {
			return v.scanNumber(b, i)
		}
		return i, noValue
	}
}

func (v *value) scanWord(b []byte, i int, word string, k kind) (int, fault) {
	*v = value{kind: k}
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return i, badLiteral
	}
	return i + len(word), sound
}

// scanNested reads an object or array, noting only its span and whether it is empty.
func (v *value) scanNested(b []byte, i, depth int) (int, fault) {
	if depth >= maxDepth {
		return i, tooDeep
	}
	k, closing := isArray, byte(']')
	if b[i] == '{' {
		k, closing = isObject, '}'
	}
	start, m := i, hollow
	var member value
	for i = skipSpace(b, i+1); ; i = skipSpace(b, i+1) {
		if m == hollow && i < len(b) && b[i] == closing {
			break
		}
		m = 0
		var f fault
		if k == isObject {
			if _, i, _, f = scanKey(b, i); f != sound {
				return i, f
			}
		}
		if i, f = member.scan(b, skipSpace(b, i), depth+1); f != sound {
			return i, f
		}
		if i = skipSpace(b, i); i >= len(b) {
			return i, endsEarly
		}
		if b[i] == closing {
			break
		}
		if b[i] != ',' {
			return i, noComma
		}
	}
	*v = value{kind: k, marks: m, start: uint16(start), end: uint16(i + 1)}
	return i + 1, sound
}

// scanKey reads a member's name and the colon.
func scanKey(b []byte, i int) (key []byte, next int, esc marks, f fault) {
	if i >= len(b) {
		return nil, i, 0, endsEarly
	}
	if b[i] != '"' {
		return nil, i, 0, noKey
	}
	end, esc, f := scanText(b, i+1)
	if f != sound {
		return nil, end, 0, f
	}
	key = b[i+1 : end-1]
	if end < len(b) && b[end] != ':' {
		end = skipSpace(b, end)
	}
	if end >= len(b) {
		return nil, end, 0, endsEarly
	}
	if b[end] != ':' {
		return nil, end, 0, noColon
	}
	return key, end + 1, esc, sound
}

func isDigit(c byte) bool { return c-'0' <= 9 }
