package alerting

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"
)

// tagMessage returns the message Tag of checkpoint.proto for the protobuf library. The file is simple enough to be read line
// by line.
func tagMessage(t testing.TB) protoreflect.MessageDescriptor {
	t.Helper()
	text, err := os.ReadFile("checkpoint.proto")
	if err != nil {
		t.Fatal(err)
	}
	file := &descriptorpb.FileDescriptorProto{Name: proto.String("checkpoint.proto"), Syntax: proto.String("proto3"), Package: proto.String("cordon.checkpoint")}
	begin := regexp.MustCompile(`^(message|enum) (\w+) \{`)
	field := regexp.MustCompile(`^  (repeated |optional )?(\w+) (\w+) = (\d+);`)
	constant := regexp.MustCompile(`^  ([A-Z_]+) = (\d+);`)
	enums := regexp.MustCompile(`(?m)^enum (\w+)`).FindAllStringSubmatch(string(text), -1)
	for line := range strings.SplitSeq(string(text), "\n") {
		if m := begin.FindStringSubmatch(line); m != nil && m[1] == "message" {
			file.MessageType = append(file.MessageType, &descriptorpb.DescriptorProto{Name: proto.String(m[2])})
		} else if m != nil {
			file.EnumType = append(file.EnumType, &descriptorpb.EnumDescriptorProto{Name: proto.String(m[2])})
		}
		if m := constant.FindStringSubmatch(line); m != nil {
			e := file.EnumType[len(file.EnumType)-1]
			e.Value = append(e.Value, &descriptorpb.EnumValueDescriptorProto{Name: proto.String(m[1]), Number: proto.Int32(number(t, m[2]))})
			continue
		}
		m := field.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		f := &descriptorpb.FieldDescriptorProto{Name: proto.String(m[3]), Number: proto.Int32(number(t, m[4])), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()}
		message := file.MessageType[len(file.MessageType)-1]
		switch m[1] {
		case "optional ":
			f.Proto3Optional, f.OneofIndex = proto.Bool(true), proto.Int32(int32(len(message.OneofDecl)))
			message.OneofDecl = append(message.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: proto.String("_" + m[3])})
		case "repeated ":
			f.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
		}
		if code, ok := descriptorpb.FieldDescriptorProto_Type_value["TYPE_"+strings.ToUpper(m[2])]; ok {
			f.Type = descriptorpb.FieldDescriptorProto_Type(code).Enum()
		} else {
			f.Type, f.TypeName = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(), proto.String(".cordon.checkpoint."+m[2])
			if slices.ContainsFunc(enums, func(e []string) bool { return e[1] == m[2] }) {
				f.Type = descriptorpb.FieldDescriptorProto_TYPE_ENUM.Enum()
			}
		}
		message.Field = append(message.Field, f)
	}
	built, err := protodesc.NewFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return built.Messages().ByName("Tag")
}

func number(t testing.TB, digits string) (n int32) {
	t.Helper()
	if _, err := fmt.Sscan(digits, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// throughLibrary returns a stored tag as the protobuf library writes it after reading it. It passes each message and nested
// message to do.
func throughLibrary(d protoreflect.MessageDescriptor, b []byte, do func(protoreflect.Message)) ([]byte, error) {
	m := dynamicpb.NewMessage(d)
	if err := proto.Unmarshal(b, m); err != nil {
		return nil, err
	}
	eachMessage(m, do)
	return proto.MarshalOptions{Deterministic: true}.Marshal(m)
}

func eachMessage(m protoreflect.Message, do func(protoreflect.Message)) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.MessageKind:
		case f.IsList():
			for i := range v.List().Len() {
				eachMessage(v.List().Get(i).Message(), do)
			}
		default:
			eachMessage(v.Message(), do)
		}
		return true
	})
	do(m)
}

// The protobuf library knows every field that is written, and what it writes is read with the same result.
func TestCheckpoint_isWhatTheProtoFileSays(t *testing.T) {
	d := tagMessage(t)
	rapid.Check(t, func(t *rapid.T) {
		b := AppendTag(nil, storedTags.Draw(t, "tag"), recents.Draw(t, "recent"))
		theirs, err := throughLibrary(d, b, func(m protoreflect.Message) {
			if u := m.GetUnknown(); len(u) > 0 {
				t.Fatalf("%s has fields that the file does not: %x", m.Descriptor().Name(), u)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := rewritten(t, theirs); string(got) != string(b) {
			t.Errorf("got %x, want %x", got, b)
		}
	})
}

// Every field of the proto file is written and read.
func TestCheckpoint_writesEveryFieldOfTheProtoFile(t *testing.T) {
	written := map[protoreflect.FullName]bool{}
	d := tagMessage(t)
	for seed := range 300 {
		b := AppendTag(nil, storedTags.Example(seed), recents.Example(seed))
		_, err := throughLibrary(d, b, func(m protoreflect.Message) {
			m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
				written[f.FullName()] = true
				return true
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	messages := d.ParentFile().Messages()
	for i := range messages.Len() {
		fields := messages.Get(i).Fields()
		for j := range fields.Len() {
			if name := fields.Get(j).FullName(); !written[name] {
				t.Errorf("%s is never written", name)
			}
		}
	}
}

func TestCheckpoint_numbersPhasesAndIssuesAsTheProtoFileDoes(t *testing.T) {
	enums := tagMessage(t).ParentFile().Enums()
	for name, want := range map[protoreflect.Name][]string{
		"Phase":    {None: "PHASE_NONE", Dormant: "PHASE_DORMANT", Near: "PHASE_NEAR", Spent: "PHASE_SPENT", Suspected: "PHASE_SUSPECTED", Open: "PHASE_OPEN"},
		"TagIssue": {OfAssignment: "TAG_ISSUE_ASSIGNMENT", OfStrap: "TAG_ISSUE_STRAP", OfBattery: "TAG_ISSUE_BATTERY", OfPosition: "TAG_ISSUE_POSITION", OfPlausibility: "TAG_ISSUE_PLAUSIBILITY", OfSilence: "TAG_ISSUE_SILENCE"},
	} {
		values := enums.ByName(name).Values()
		if values.Len() != len(want) {
			t.Errorf("%s has %d values, want %d", name, values.Len(), len(want))
		}
		for i, w := range want {
			if v := values.ByNumber(protoreflect.EnumNumber(i)); v == nil || string(v.Name()) != w {
				t.Errorf("%s %d is %v, want %s", name, i, v, w)
			}
		}
	}
}

// A later version may add fields anywhere.
func TestCheckpoint_passesOverFieldsOfALaterVersion(t *testing.T) {
	d := tagMessage(t)
	later := protowire.AppendVarint(protowire.AppendTag(nil, 100, protowire.VarintType), 7)
	later = protowire.AppendBytes(protowire.AppendTag(later, 101, protowire.BytesType), []byte("later"))
	later = protowire.AppendFixed32(protowire.AppendTag(later, 102, protowire.Fixed32Type), 7)
	later = protowire.AppendFixed64(protowire.AppendTag(later, 103, protowire.Fixed64Type), 7)
	later = protowire.AppendGroup(protowire.AppendTag(later, 104, protowire.StartGroupType), 104, nil)
	rapid.Check(t, func(t *rapid.T) {
		b := AppendTag(nil, storedTags.Draw(t, "tag"), recents.Draw(t, "recent"))
		newer, err := throughLibrary(d, b, func(m protoreflect.Message) { m.SetUnknown(later) })
		if err != nil {
			t.Fatal(err)
		}
		if got := rewritten(t, newer); string(got) != string(b) {
			t.Errorf("got %x, want %x", got, b)
		}
	})
}
