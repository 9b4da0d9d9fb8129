package pipeline

import (
	"encoding/hex"
	"reflect"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"cordon/alerting"
)

func somePosition() position {
	return position{clock: 1, last: proof{offset: -1, appended: 3, hash: 1 << 63}, rebuiltBelow: 4, quietBefore: 5,
		feed: alerting.Feed{Partition: 3, Heard: 6, Mean: -1, Count: 7, Resumed: 8, Silent: true}, flood: alerting.NewFlood()}
}

func TestPosition_isReadBackAsItWasWritten(t *testing.T) {
	want := somePosition()
	want.flood = alerting.Flood{Since: 12, Said: 13, Opened: 14, HeldAt: 15, Held: 16}
	want.partialSince = 12
	want.faults = []alerting.Fault{
		{Part: "pings/3/a", Reason: alerting.FutureRecords, Detail: "a clock", Opened: 9, Seq: 10, Unprotected: true, NotCovered: 11},
		{Part: "pings/3/b", Reason: alerting.BatchSetAside, Detail: "a batch", Opened: -1},
	}
	for _, p := range []position{want, {}} {
		got, err := parsePosition(p.append(nil))
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("got %+v, %v, want %+v", got, err, p)
		}
	}
}

func TestPosition_ofTheFormBeforeProtobufIsRead(t *testing.T) {
	b, err := hex.DecodeString("02020106080a060c010e10010000000000000080")
	if err != nil {
		t.Fatal(err)
	}
	got, err := parsePosition(b)
	if err != nil || !reflect.DeepEqual(got, somePosition()) {
		t.Errorf("got %+v, %v", got, err)
	}
	for n := range b {
		if _, err := parsePosition(b[:n]); err == nil {
			t.Errorf("%d of %d bytes were accepted", n, len(b))
		}
	}
}

func TestPosition_passesOverFieldsOfALaterVersion(t *testing.T) {
	want := somePosition()
	b := protowire.AppendTag(nil, 100, protowire.BytesType)
	b = protowire.AppendBytes(b, []byte("new"))
	b = want.append(b)
	b = protowire.AppendFixed32(protowire.AppendTag(b, 101, protowire.Fixed32Type), 7)
	got, err := parsePosition(b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzPosition(f *testing.F) {
	p := somePosition()
	f.Add(p.append(nil))
	f.Add([]byte{oldPositionVersion, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parsePosition(b)
		if err != nil {
			return
		}
		again, err := parsePosition(p.append(nil))
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("%+v became %+v, %v", p, again, err)
		}
	})
}
