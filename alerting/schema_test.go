package alerting

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the JSON Schema anew from Table")

func TestSchema_isGeneratedFromTable(t *testing.T) {
	want, err := MakeSchema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("alert.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(Schema, want) {
		t.Error("alert.schema.json does not say what Table says: run go generate ./alerting")
	}
}

// checkSchema fails the test when an alert does not match the schema.
func checkSchema(t testing.TB, alerts ...*Alert) {
	t.Helper()
	if len(alerts) == 0 {
		return
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("alert.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("alert.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alerts {
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("alert %s does not match the schema: %v", b, err)
		}
	}
}

func TestSchema_refusesAFieldThatItsKindDoesNotHave(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("alert.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema := compiler.MustCompile("alert.schema.json")
	fault := Fault{Part: "pings/3", Reason: LogTruncated, Detail: "5 pings are gone", Opened: 1000, Seq: 10, NotCovered: 5}
	a := *fault.Restored(61000, PlainRules())
	for name, change := range map[string]func(){
		"a severity that is none":  func() { a.Severity = "grave" },
		"a reason of another kind": func() { a.Severity = "serious"; a.Reason = Left },
		"a field of another kind":  func() { a.Reason = LogTruncated; depth := 3.0; a.MaxDepthM = &depth },
	} {
		change()
		b, err := json.Marshal(&a)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(value) == nil {
			t.Errorf("%s: accepted: %s", name, b)
		}
	}
	checkSchema(t, fault.Alert(1000, PlainRules()), fault.Restored(61000, PlainRules()))
}
