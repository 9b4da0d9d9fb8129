package ingest

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestJSON_acceptsTheGrammarAndNothingElse(t *testing.T) {
	good := []string{
		`{}`, " \t\r\n{ \t\r\n} \t\r\n", `{"":0}`, `{"a":-0}`, `{"a":1.5E+3,"b":[],"c":[ ],"d":{ },"e":[1, 2 ,[{}]]}`,
		`{"a":"\"\\\/\b\f\n\r\t\u0000\ud83d\uDE00"}`, `{"é":"日本語😀` + "\u007f\u2028" + `"}`, `{"a":1e99999,"b":123456789012345678901234567890}`,
		`{"a":true,"b":false,"c":null}`, `{"a":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `}`,
	}
	bad := []string{
		``, ` `, `{`, `}`, `{]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{a:1}`, `{'a':1}`, `{"a":1}}`, `{"a":1},`,
		`{"a":01}`, `{"a":-}`, `{"a":+1}`, `{"a":.5}`, `{"a":1.}`, `{"a":1.e3}`, `{"a":1e}`, `{"a":1e+}`, `{"a":0x1}`, `{"a":-01}`,
		`{"a":tru}`, `{"a":True}`, `{"a":nul`, `{"a":NaN}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":[1}`, `{"a":{"b":1]}`,
		`{"a":"`, `{"a":"\`, `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\u12g4"}`, `{"a":"\ud800"}`, `{"a":"\udc00"}`, `{"a":"\ud800\u0041"}`,
		"{\"a\":\"\n\"}", "{\"a\":\"12345678\x00\"}", "{\"a\":\"\xc3\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xf5\x80\x80\x80\"}",
		"\ufeff{}", `{"a":1}//`, `/**/{}`, "{\v}", "{\"a\":\u00a01}", `{"a":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`, `1`, `"a"`, `[]`, `null`,
	}
	d := NewDecoder(DefaultDecoderOptions())
	for _, s := range good {
		if at, f := d.text([]byte(s)); f != sound {
			t.Errorf("%.80q: refused at byte %d: %s", s, at, faultTexts[f])
		}
	}
	for _, s := range bad {
		if _, f := d.text([]byte(s)); f == sound {
			t.Errorf("%.80q: accepted", s)
		}
	}
}

// objectByStdlib is whether a text is what our reader takes, told with encoding/json, and its members.
func objectByStdlib(b []byte) (map[string]json.RawMessage, bool) {
	if !json.Valid(b) || !utf8.Valid(b) || loneSurrogateIn(b) || deepest(b) > maxDepth {
		return nil, false
	}
	if b = bytes.TrimLeft(b, " \t\r\n"); b[0] != '{' {
		return nil, false
	}
	var members map[string]json.RawMessage
	return members, json.Unmarshal(b, &members) == nil
}

// loneSurrogateIn looks for an escaped half of a pair in valid JSON, which encoding/json reads as U+FFFD.
func loneSurrogateIn(b []byte) bool {
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		i++
		if b[i] != 'u' {
			continue
		}
		n, _ := strconv.ParseUint(string(b[i+1:i+5]), 16, 32)
		i += 4
		switch {
		case n >= 0xdc00 && n < 0xe000:
			return true
		case n >= 0xd800 && n < 0xdc00:
			if i+6 >= len(b) || b[i+1] != '\\' || b[i+2] != 'u' {
				return true
			}
			if low, _ := strconv.ParseUint(string(b[i+3:i+7]), 16, 32); low < 0xdc00 || low > 0xdfff {
				return true
			}
			i += 6
		}
	}
	return false
}

// deepest is how deep valid JSON is nested.
func deepest(b []byte) (most int) {
	depth, inText := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case !inText && (c == '{' || c == '['):
			depth++
			most = max(most, depth)
		case !inText && (c == '}' || c == ']'):
			depth--
		}
	}
	return most
}

// FuzzJSON compares what is accepted, and what is read of the members we know, with encoding/json.
func FuzzJSON(f *testing.F) {
	addSeeds(f, func(value []byte, _ bool) { f.Add(value) })
	for _, s := range []string{`{"lat":1e-7,"lat":-0.0,"\u006con":1.5}`, `{"a":[{"b":"\ud83d\ude00"}]}`, `{"seq":123456789012345678901}`, `{"device_id":"\\\"\n"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > maxRecord {
			return
		}
		members, want := objectByStdlib(b)
		d := NewDecoder(DefaultDecoderOptions())
		for range 2 { // the second time the names are guessed
			_, wrong := d.text(b)
			if (wrong == sound) != want {
				t.Fatalf("%q: %q, encoding/json says %v", b, faultTexts[wrong], want)
			}
			for name := fDevice; want && name < tUniqueID; name++ {
				compare(t, d, b, name, members)
			}
		}
	})
}

// compare fails unless a field that was noted is what encoding/json found under its name.
func compare(t *testing.T, d *Decoder, b []byte, f field, members map[string]json.RawMessage) {
	t.Helper()
	raw, ok := members[f.String()]
	if ok != (d.noted&(1<<f) != 0) {
		t.Fatalf("%q: %s is noted: %v, encoding/json says %v", b, f, !ok, ok)
	}
	if !ok {
		return
	}
	switch v := &d.values[f]; raw[0] {
	case '"':
		var want string
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		if v.kind != isText || string(d.content(b, v)) != want {
			t.Fatalf("%q: %s is %q, want %q", b, f, d.content(b, v), want)
		}
	case 't', 'f', 'n':
		if v.kind != map[byte]kind{'t': isTrue, 'f': isFalse, 'n': isNull}[raw[0]] {
			t.Fatalf("%q: %s has kind %d, want %s", b, f, v.kind, raw)
		}
	case '{', '[':
		if string(b[v.start:v.end]) != string(raw) {
			t.Fatalf("%q: %s is %q, want %q", b, f, b[v.start:v.end], raw)
		}
	default:
		want, _ := strconv.ParseFloat(string(raw), 64)
		if got := v.float(b); v.kind != isNumber || got != want || math.Signbit(got) != math.Signbit(want) {
			t.Fatalf("%q: %s is %v, want %v", b, f, got, want)
		}
	}
}

func TestNumber_isTheNearestFloat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,22})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?`).Draw(t, "number")
		b := []byte(text + ",")
		var v value
		end, f := v.scan(b, 0, 1)
		want, _ := strconv.ParseFloat(text, 64)
		if got := v.float(b); f != sound || end != len(text) || got != want {
			t.Fatalf("%s: got %v, want %v", text, got, want)
		}
		integer, err := strconv.ParseUint(text, 10, 64)
		if got, ok := v.unsigned(b); ok != (err == nil) || ok && got != integer {
			t.Fatalf("%s: got %d, %v, want %d, %v", text, got, ok, integer, err)
		}
	})
}
