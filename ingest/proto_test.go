package ingest

import (
	"fmt"
	"math"
	"os"
	"regexp"
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

// pingMessage is the message that ping.proto describes, as the protobuf library understands it. The file is simple
// enough to be read line by line.
func pingMessage(t testing.TB) protoreflect.MessageDescriptor {
	t.Helper()
	text, err := os.ReadFile("ping.proto")
	if err != nil {
		t.Fatal(err)
	}
	file := &descriptorpb.FileDescriptorProto{Name: proto.String("ping.proto"), Syntax: proto.String("proto3"), Package: proto.String("cordon.v1")}
	message := &descriptorpb.DescriptorProto{Name: proto.String("Ping")}
	optional := regexp.MustCompile(`^  optional (\w+) (\w+) = (\d+);`)
	constant := regexp.MustCompile(`^  ([A-Z_]+) = (\d+);`)
	for line := range strings.SplitSeq(string(text), "\n") {
		if m := optional.FindStringSubmatch(line); m != nil {
			addField(t, message, m[1], m[2], number(t, m[3]))
		}
		if name, ok := strings.CutPrefix(line, "enum "); ok {
			file.EnumType = append(file.EnumType, &descriptorpb.EnumDescriptorProto{Name: proto.String(strings.Fields(name)[0])})
		}
		if m := constant.FindStringSubmatch(line); m != nil {
			e := file.EnumType[len(file.EnumType)-1]
			e.Value = append(e.Value, &descriptorpb.EnumValueDescriptorProto{Name: proto.String(m[1]), Number: proto.Int32(number(t, m[2]))})
		}
	}
	file.MessageType = []*descriptorpb.DescriptorProto{message}
	built, err := protodesc.NewFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return built.Messages().Get(0)
}

func number(t testing.TB, digits string) (n int32) {
	t.Helper()
	if _, err := fmt.Sscan(digits, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func addField(t testing.TB, m *descriptorpb.DescriptorProto, kind, name string, number int32) {
	t.Helper()
	f := &descriptorpb.FieldDescriptorProto{
		Name: proto.String(name), Number: proto.Int32(number), Proto3Optional: proto.Bool(true),
		Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), OneofIndex: proto.Int32(int32(len(m.OneofDecl))),
	}
	if code, ok := descriptorpb.FieldDescriptorProto_Type_value["TYPE_"+strings.ToUpper(kind)]; ok {
		f.Type = descriptorpb.FieldDescriptorProto_Type(code).Enum()
	} else {
		f.Type, f.TypeName = descriptorpb.FieldDescriptorProto_TYPE_ENUM.Enum(), proto.String(".cordon.v1."+kind)
	}
	m.Field = append(m.Field, f)
	m.OneofDecl = append(m.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: proto.String("_" + name)})
}

func TestProto_fileNumbersTheFieldsAsTheDecoderDoes(t *testing.T) {
	fields := pingMessage(t).Fields()
	if fields.Len() != len(protoFields) {
		t.Fatalf("ping.proto has %d fields, the decoder %d", fields.Len(), len(protoFields))
	}
	kinds := map[protoType]protoreflect.Kind{
		protoString: protoreflect.StringKind, protoTime: protoreflect.Int64Kind, protoUint64: protoreflect.Uint64Kind,
		protoUint32: protoreflect.Uint32Kind, protoBool: protoreflect.BoolKind, protoEnum: protoreflect.EnumKind,
		protoDouble: protoreflect.DoubleKind, protoFloat: protoreflect.FloatKind,
	}
	for i, kind := range protoFields {
		f, name := fields.ByNumber(protowire.Number(i+1)), field(i).String()
		if kind == protoTime {
			name += "_ms"
		}
		if f == nil || string(f.Name()) != name || f.Kind() != kinds[kind] || !f.HasPresence() {
			t.Errorf("field %d is %v, want %s", i+1, f, name)
		}
	}
}

// messageOf is p as the protobuf library holds it.
func messageOf(d protoreflect.MessageDescriptor, p *Ping) *dynamicpb.Message {
	m := dynamicpb.NewMessage(d)
	set := func(f field, there bool, v any) {
		if there {
			m.Set(d.Fields().ByNumber(protowire.Number(f+1)), protoreflect.ValueOf(v))
		}
	}
	set(fDevice, true, string(p.Device))
	set(fFixTime, true, p.FixTime)
	set(fLat, p.With(HasPosition), p.Lat)
	set(fLon, p.With(HasPosition), p.Lon)
	set(fSeq, p.With(HasSeq), p.Seq)
	set(fReceived, p.With(HasReceived), p.ReceivedTime)
	set(fSource, p.Source != GNSS, protoreflect.EnumNumber(p.Source+1))
	set(fAccuracy, p.With(HasAccuracy), p.AccuracyM)
	set(fLevel, p.With(HasAccuracyLevel), p.AccuracyLevel)
	set(fSpeed, p.With(HasSpeed), p.SpeedMPS)
	set(fHeading, p.With(HasHeading), p.HeadingDeg)
	set(fAltitude, p.With(HasAltitude), p.AltitudeM)
	set(fSatellites, p.With(HasSatellites), uint32(p.Satellites))
	set(fHDOP, p.With(HasHDOP), p.HDOP)
	set(fBattery, p.With(HasBattery), p.BatteryPct)
	set(fCharging, p.Charging != Unsaid, p.Charging == Yes)
	set(fMotion, p.Motion != Unsaid, p.Motion == Yes)
	set(fJamming, p.Jamming != Unsaid, p.Jamming == Yes)
	set(fStrap, p.Strap != StrapUnknown, protoreflect.EnumNumber(p.Strap))
	return m
}

func TestProto_isWhatTheLibraryReadsAndWrites(t *testing.T) {
	message, d := pingMessage(t), NewDecoder(DefaultDecoderOptions())
	rapid.Check(t, func(t *rapid.T) {
		p := anyPing(t)
		want := messageOf(message, &p)
		read := dynamicpb.NewMessage(message)
		if err := proto.Unmarshal(AppendProto(nil, &p), read); err != nil || !proto.Equal(read, want) {
			t.Fatalf("%v: the library reads %v, want %v", err, read, want)
		}
		written, err := proto.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Ping
		if no := d.Decode(record(string(written), protobuf), &got); no != nil || !same(&got, &p) {
			t.Fatalf("%v\ngot  %+v\nwant %+v", no, got, p)
		}
	})
}

// FuzzProto compares what is taken for protobuf, and what is read of it, with the library. Ours is stricter in one
// thing: a known field of another wire type is malformed, where the library takes it for an unknown one.
func FuzzProto(f *testing.F) {
	addSeeds(f, func(value []byte, proto bool) {
		if proto {
			f.Add(value)
		}
	})
	f.Add([]byte("\x0a\x01a\xa3\x01\x08\x01\xa4\x01\x9a\x01\x00"))
	message := pingMessage(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > maxRecord {
			return
		}
		m := dynamicpb.NewMessage(message)
		err := proto.Unmarshal(b, m)
		d := NewDecoder(DefaultDecoderOptions())
		no := d.wire(b)
		if no != nil {
			if err == nil && !strings.HasSuffix(no.Detail, "is written as another type") && !deepGroups(b) {
				t.Fatalf("%x: %v, the library takes it", b, no)
			}
			return
		}
		if err != nil {
			t.Fatalf("%x: accepted, the library says %v", b, err)
		}
		for i := range protoFields {
			compareProto(t, d, b, field(i), m)
		}
	})
}

// deepGroups reports whether there may be more groups in each other than we read.
func deepGroups(b []byte) bool { return len(b) > maxDepth }

func compareProto(t *testing.T, d *Decoder, b []byte, f field, m *dynamicpb.Message) {
	t.Helper()
	is := m.Descriptor().Fields().ByNumber(protowire.Number(f + 1))
	if got, want := d.noted&(1<<f) != 0, m.Has(is); got != want {
		t.Fatalf("%x: %s is there: %v, want %v", b, f, got, want)
	}
	if !m.Has(is) {
		return
	}
	v, want, ok := &d.values[f], m.Get(is), false
	switch protoFields[f] {
	case protoString:
		ok = string(b[v.start:v.end]) == want.String()
	case protoTime:
		ok = int64(v.bits) == want.Int()
	case protoUint64, protoUint32:
		ok = v.bits == want.Uint()
	case protoBool:
		ok = (v.kind == isTrue) == want.Bool()
	case protoEnum:
		ok = int32(v.bits) == int32(want.Enum())
	case protoDouble, protoFloat:
		ok = v.bits == math.Float64bits(want.Float()) || math.IsNaN(want.Float())
	}
	if !ok {
		t.Fatalf("%x: %s is %+v, want %v", b, f, v, want)
	}
}
