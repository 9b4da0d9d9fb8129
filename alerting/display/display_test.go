package display

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// hostile maps texts to the result of Line.
var hostile = map[string]string{
	"\x1b[2J":                         `\x1b[2J`,
	"a\x00\a\b\t\n\r\x7f":             `a\x00\x07\x08\t\n\r\x7f`,
	"\u0085\u009b31m":                 `\u0085\u009b31m`,
	"\x9b31m":                         `\x9b31m`,
	"a\u202eb\u202c":                  `a\u202eb\u202c`,
	"\u2066x\u2069\u200f":             `\u2066x\u2069\u200f`,
	"\u061ca\u200eb":                  `\u061ca\u200eb`,
	"a\u200bb\u200db\ufeff":           `a\u200bb\u200db\ufeff`,
	"a\u2028b\u2029":                  `a\u2028b\u2029`,
	"soft\u00adhyphen":                `soft\u00adhyphen`,
	"no\u00a0break":                   `no\u00a0break`,
	"a\ufe0f\U000e0100":               `a\ufe0f\U000e0100`,
	"a\U000e0041":                     `a\U000e0041`,
	"\u3164\u115f\uffa0":              `\u3164\u115f\uffa0`,
	"\u2800":                          `\u2800`,
	"\u0301a":                         `\u0301a`,
	" \u0301":                         ` \u0301`,
	"a\u0301\u0301\u0301\u0301\u0301": "a\u0301\u0301\u0301\u0301" + `\u0301`,
	"\ue000\u0378":                    `\ue000\u0378`,
	"a\xffb":                          `a\xffb`,
	"\xed\xa0\x80":                    `\xed\xa0\x80`,
}

// harmless are left as they are.
var harmless = []string{"", "tag-1", "w 1", "O’Brien", "Zoë", "Zoe\u0308", "張偉", "עדי", "سلمى", "प्रिया", "สมชาย", "Nguyễn", "🦊", `back\slash`, "=1+1", "\ufffd"}

func TestLine_showsWhatIsInItInOneLine(t *testing.T) {
	for s, want := range hostile {
		if got := Line(s); got != want {
			t.Errorf("%+q: %s, want %s", s, got, want)
		}
	}
	for _, s := range harmless {
		if got := Line(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestCell_noTwoValuesLookAlike(t *testing.T) {
	for s, want := range map[string]string{
		"a\x1b": `"a\x1b"`, `a\x1b`: `a\x1b`, `"a\x1b"`: `"\"a\\x1b\""`, `"`: `"\""`, "": "", "a\x1b\"\\": `"a\x1b\"\\"`,
	} {
		if got := Cell(s); got != want {
			t.Errorf("%+q: %s, want %s", s, got, want)
		}
	}
}

func TestCSV_isNoFormula(t *testing.T) {
	for s, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@A1": "'@A1", "\t=1": `'\t=1`, "\r=1": `'\r=1`, "\n=1": `'\n=1`, "＝1": "'＝1", "＠": "'＠",
		"a=1": "a=1", "": "", "1": "1", "'": "'", "a\u202e": `a\u202e`,
	} {
		if got := CSV(s); got != want {
			t.Errorf("%+q: %s, want %s", s, got, want)
		}
	}
}

func TestJSON_standsForTheSameAndShowsNothingHostile(t *testing.T) {
	var texts []string
	for s := range hostile {
		texts = append(texts, strings.ToValidUTF8(s, "\ufffd"))
	}
	texts = append(texts, harmless...)
	e := &strings.Builder{}
	enc := json.NewEncoder(e)
	enc.SetIndent("", "\t")
	if err := enc.Encode(map[string]any{"texts": texts, "\u202e": 1.5}); err != nil {
		t.Fatal(err)
	}
	shown := JSON([]byte(e.String()))
	checkJSON(t, []byte(e.String()), shown)
	if in := []byte(`{"a":"b"}`); &JSON(in)[0] != &in[0] {
		t.Error("copied without need")
	}
	if got := string(JSON([]byte("\"a\x9b\x7f\""))); got != `"a\ufffd\u007f"` {
		t.Errorf("got %s", got)
	}
}

func checkJSON(t *testing.T, in, shown []byte) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(in, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(shown, &b); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%q stands for %v (%v)\nwant %v", shown, b, err, a)
	}
	if s := strings.NewReplacer("\n", "", "\t", "", "\r", "").Replace(string(shown)); first(s) >= 0 {
		t.Errorf("shows %+q", s)
	}
}

// FuzzDisplay checks for any text that nothing hostile is shown, and that JSON keeps its value.
func FuzzDisplay(f *testing.F) {
	for s := range hostile {
		f.Add(s)
	}
	for _, s := range harmless {
		f.Add(s)
	}
	f.Add(`{"a":["` + "\u202e\x9b" + `",1]}`)
	f.Fuzz(func(t *testing.T, s string) {
		for name, shown := range map[string]string{"Line": Line(s), "Cell": Cell(s), "CSV": CSV(s)} {
			if !utf8.ValidString(shown) || strings.ContainsFunc(shown, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%s(%+q) shows %+q", name, s, shown)
			}
			if again := Line(shown); name != "CSV" && again != shown {
				t.Errorf("%s(%+q) shows %+q", name, s, shown)
			}
		}
		if json.Valid([]byte(s)) {
			checkJSON(t, []byte(s), JSON([]byte(s)))
		}
	})
}
