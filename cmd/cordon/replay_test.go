package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	traccarRecord = `{"position":{"id":0,"deviceId":77,"deviceTime":"2026-03-01T10:00:05.000+00:00","fixTime":"2026-03-01T10:00:05.000+00:00",` +
		`"serverTime":"2026-03-01T10:00:06.000+00:00","valid":true,"outdated":false,"latitude":51.5,"longitude":-0.1,"speed":2.0,"accuracy":0.0,"attributes":{}},` +
		`"device":{"id":77,"uniqueId":"tag-7","name":"x"}}`
	mdssRecord = `{"position_id":"9","device_id":"tag-8","person_id":"1","position_latitude":51.5,"position_longitude":-0.1,"position_gps_date":"2026-03-01T10:00:07"}`
)

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func values(records []published) []string {
	var all []string
	for _, r := range records {
		all = append(all, r.value)
	}
	return all
}

func TestReplay_sendsLinesOfEveryFormatUnmodifiedAndNoiseToo(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	noise := `{"device_id":"tag-9","fix_time":"noon"}`
	lines := []string{ping("tag-1", 1) + "  ", traccarRecord, mdssRecord, noise, "{nothing"}
	s.in = byteOrderMark + strings.Join(lines, "\r\n\n")
	out, errs := s.run(exitDone, "replay", "-")
	s.wants(out, "sent 5 pings", "2 undecodable, sent as they are", "0 filtered out")
	if errs != "" {
		t.Errorf("not quiet: %q", errs)
	}
	got := s.records("cordon.pings")
	if !slices.Equal(values(got), lines) {
		t.Errorf("sent %q", values(got))
	}
	for i, key := range []string{"tag-1", "tag-7", "tag-8", "tag-9", "(none)"} {
		if got[i].key != key || len(got[i].headers) != 0 {
			t.Errorf("%d: key %q, headers %v; want %q and none", i, got[i].key, got[i].headers, key)
		}
	}
}

func TestReplay_originalKeyIsTraccarsDeviceNumber(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	s.in = traccarRecord + "\n"
	s.run(exitDone, "replay", "-", "--key", "original", "--format", "traccar")
	got := s.records("cordon.pings")
	if len(got) != 1 || got[0].key != "77" || got[0].headers["cordon-format"] != "traccar" {
		t.Errorf("got %+v", got)
	}
}

func TestReplay_placesKeysAsJavaDoes(t *testing.T) {
	// From Kafka's UtilsTest.testMurmur2, made positive and taken modulo 8.
	for key, hash := range map[string]int32{"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536} {
		if got, want := murmur2Partition([]byte(key), 8), int(hash&0x7fffffff)%8; got != want {
			t.Errorf("%q comes to partition %d, Java's to %d", key, got, want)
		}
	}
	s := newKafkaShell(t).withTopics(8)
	s.in = ping("21", 1) + "\n" + ping("foobar", 2)
	s.run(exitDone, "replay", "-")
	for _, r := range s.records("cordon.pings") {
		if r.partition != murmur2Partition([]byte(r.key), 8) {
			t.Errorf("%q is on partition %d", r.key, r.partition)
		}
	}
}

func TestReplay_keepsTheOrderOfEachTagAlsoWhenTheBrokerRefusesForAWhile(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	s := &kafkaShell{shell: newShell(t), brokers: cluster.ListenAddrs()}
	t.Setenv("CORDON_KAFKA_BROKERS", s.brokers[0])
	s.connect()
	s.withTopics(4)
	requests := 0
	cluster.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if requests++; requests%3 != 0 {
			return nil, nil, false
		}
		resp := r.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range r.(*kmsg.ProduceRequest).Topics {
			answer := kmsg.NewProduceResponseTopic()
			answer.Topic = topic.Topic
			for _, p := range topic.Partitions {
				refused := kmsg.NewProduceResponseTopicPartition()
				refused.Partition, refused.ErrorCode = p.Partition, int16(kafka.NotEnoughReplicas)
				answer.Partitions = append(answer.Partitions, refused)
			}
			resp.Topics = append(resp.Topics, answer)
		}
		return resp, nil, true
	})
	var in strings.Builder
	for i := range 600 {
		fmt.Fprintln(&in, ping(fmt.Sprint("tag-", i%7), i))
	}
	s.in = in.String()
	out, _ := s.run(exitDone, "replay", "-", "--batch-bytes", "4096")
	s.wants(out, "sent 600 pings")
	last := map[string]int{}
	got := s.records("cordon.pings")
	for _, r := range got {
		var p struct{ Seq int }
		if err := json.Unmarshal([]byte(r.value), &p); err != nil {
			t.Fatal(err)
		}
		if before, ok := last[r.key]; ok && p.Seq <= before {
			t.Fatalf("%s: %d after %d", r.key, p.Seq, before)
		}
		last[r.key] = p.Seq
	}
	if len(got) != 600 {
		t.Errorf("%d records", len(got))
	}
}

func TestReplay_readsGzipByItsMarkAndTellsHowMuchOfATruncatedOneWasSent(t *testing.T) {
	s := newKafkaShell(t).withTopics(2)
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintln(&text, ping(fmt.Sprint("tag-", i%50), i%3600))
	}
	data := zipped(t, text.String())
	out, _ := s.run(exitDone, "replay", s.file("whole.ndjson", string(data)))
	s.wants(out, "sent 3000 pings")

	out, errs := s.run(exitFailed, "replay", s.file("cut", string(data[:len(data)/2])))
	s.wants(errs, "cut off", "pings had been sent")
	var sent int
	if _, err := fmt.Sscanf(out, "sent %d pings", &sent); err != nil || sent == 0 || sent >= 3000 {
		t.Errorf("%q: %v", out, err)
	}
	s.wants(errs, fmt.Sprintf("; %d pings had been sent", sent))
	if n := len(s.records("cordon.pings")); n != 3000+sent {
		t.Errorf("%d records on the topic, said %d", n-3000, sent)
	}
	s.run(exitFailed, "replay", s.file("stub", "\x1f\x8b"))
	damaged := slices.Clone(data)
	damaged[len(damaged)/2] ^= 0xff
	_, errs = s.run(exitFailed, "replay", s.file("damaged", string(damaged)))
	s.wants(errs, "had been sent")
}

func TestReplay_readsCSVWithTheNamesOfEitherFormat(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	s.in = "device_id,fix_time, lat,lon,seq,strap,motion,shoe\n" +
		"tag-1,2026-03-01T10:00:00Z,51.5,-0.1,7,closed,TRUE,9\n" +
		"\"tag \"\"2\"\"\",2026-03-01T10:00:01Z,,,,,,\n" +
		"tag-3,2026-03-01T10:00:02Z,north,-0.1,,,,\n" +
		"tag-4,too few\n"
	out, _ := s.run(exitDone, "replay", "-")
	s.wants(out, "sent 4 pings", "2 undecodable")
	want := []string{
		`{"device_id":"tag-1","fix_time":"2026-03-01T10:00:00Z","lat":51.5,"lon":-0.1,"seq":7,"strap":"closed","motion":true}`,
		`{"device_id":"tag \"2\"","fix_time":"2026-03-01T10:00:01Z"}`,
		`{"device_id":"tag-3","fix_time":"2026-03-01T10:00:02Z","lat":"north","lon":-0.1}`,
		"tag-4,too few",
	}
	if got := values(s.records("cordon.pings")); !slices.Equal(got, want) {
		t.Errorf("sent %q", got)
	}
	s.in = "position_id,device_id,position_latitude,position_longitude,position_gps_date,position_lbs\n1,8,51.5,-0.1,2026-03-01 10:00:00,1\n"
	out, _ = s.run(exitDone, "replay", "-")
	s.wants(out, "sent 1 ping ", "0 undecodable")
	for _, heading := range []string{"name,age\nx,1\n", "device_id,fix_time,device_id\n", "device_id,lat\nx,1\n"} {
		s.in = heading
		_, errs := s.run(exitFailed, "replay", "-")
		s.wants(errs, "heading row", "0 pings had been sent")
	}
}

func TestReplay_readsGPX(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	s.in = `<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><metadata><name>walk</name></metadata>
<wpt lat="1" lon="2"><name>cafe</name></wpt>
<trk><name>tag-1</name><trkseg>
<trkpt lat="51.5" lon="-0.1"><ele>12.5</ele><time>2026-03-01T10:00:00Z</time><sat>7</sat></trkpt>
<trkpt lat="51.6" lon="-0.1"><extensions><x/></extensions></trkpt>
</trkseg></trk></gpx>`
	out, _ := s.run(exitDone, "replay", "-")
	s.wants(out, "sent 2 pings", "1 undecodable")
	s.run(exitDone, "replay", "-", "--device", "tag-2")
	want := []string{
		`{"device_id":"tag-1","lat":51.5,"lon":-0.1,"altitude_m":12.5,"fix_time":"2026-03-01T10:00:00Z","satellites":7}`,
		`{"device_id":"tag-1","lat":51.6,"lon":-0.1}`,
		`{"device_id":"tag-2","lat":51.5,"lon":-0.1,"altitude_m":12.5,"fix_time":"2026-03-01T10:00:00Z","satellites":7}`,
		`{"device_id":"tag-2","lat":51.6,"lon":-0.1}`,
	}
	if got := values(s.records("cordon.pings")); !slices.Equal(got, want) {
		t.Errorf("sent %q", got)
	}
	for in, says := range map[string]string{
		"<kml></kml>": "not GPX",
		strings.Replace(s.in, "<name>tag-1</name>", "", 1): "--device",
		s.in[:strings.Index(s.in, "<trkpt lat=\"51.6")]:    "well-formed",
	} {
		s.in = in
		_, errs := s.run(exitFailed, "replay", "-")
		s.wants(errs, says, "had been sent")
	}
}

func TestReplay_filtersByTagAndFixTime(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	s.in = ping("a", 1) + "\n" + ping("b", 2) + "\n" + ping("a", 3) + "\n" + ping("a", 4) + "\n{noise\n"
	out, _ := s.run(exitDone, "replay", "-", "--device", "a", "--from", "2026-03-01T10:00:02Z", "--to", "2026-03-01T10:00:04Z")
	s.wants(out, "sent 2 pings", "1 undecodable", "3 filtered out")
	if got := values(s.records("cordon.pings")); !slices.Equal(got, []string{ping("a", 3), "{noise"}) {
		t.Errorf("sent %q", got)
	}
}

func TestReplay_strictStopsAtWhatCannotBeDecoded(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	s.in = ping("a", 1) + "\n\n{noise\n" + ping("a", 2)
	_, errs := s.run(exitFailed, "replay", "-", "--strict")
	s.wants(errs, "line 3", "malformed", "1 ping had been sent")
	if n := len(s.records("cordon.pings")); n != 1 {
		t.Errorf("%d records", n)
	}
}

func fixTimes(t *testing.T, records []published) (fixes []time.Time) {
	t.Helper()
	for _, r := range records {
		var p struct {
			Fix time.Time `json:"fix_time"`
		}
		if err := json.Unmarshal([]byte(r.value), &p); err != nil {
			t.Fatalf("%q: %v", r.value, err)
		}
		fixes = append(fixes, p.Fix)
	}
	return fixes
}

func TestReplay_shiftToNowMakesTheLastFixNow(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	file := s.file("p", string(zipped(t, ping("a", 40)+"\n"+traccarRecord+"\n"+ping("a", 10)+"\n{noise")))
	before := time.Now().Truncate(time.Millisecond)
	out, _ := s.run(exitDone, "replay", file, "--shift-to-now")
	s.wants(out, "sent 4 pings", "1 undecodable")
	got := s.records("cordon.pings")
	if got[3].value != "{noise" {
		t.Errorf("noise became %q", got[3].value)
	}
	fixes := fixTimes(t, got[:3])
	if fixes[0].Before(before) || fixes[0].After(time.Now()) {
		t.Errorf("the last fix is %s", fixes[0])
	}
	if a, b := fixes[0].Sub(fixes[1]), fixes[0].Sub(fixes[2]); a != 35*time.Second || b != 30*time.Second {
		t.Errorf("intervals %s and %s", a, b)
	}
	if got[1].key != "tag-7" || !strings.Contains(got[1].value, `"device_id":"tag-7"`) {
		t.Errorf("a moved Traccar record is not Cordon JSON: %+v", got[1])
	}
}

func TestReplay_shiftToNowAtASpeedMakesTheFirstFixNowAndDividesIntervals(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	s.in = ping("a", 0) + "\n" + ping("a", 60)
	before := time.Now().Truncate(time.Millisecond)
	s.run(exitDone, "replay", "-", "--shift-to-now", "--speed", "1200")
	got := s.records("cordon.pings")
	fixes := fixTimes(t, got)
	if fixes[0].Before(before) || fixes[1].Sub(fixes[0]) != 50*time.Millisecond {
		t.Errorf("fixes %v", fixes)
	}
	if early := fixes[1].Sub(got[1].at); early > 10*time.Millisecond {
		t.Errorf("sent %s before it was due", early)
	}
}

func TestReplay_arrivalsGiveRecordsTheTimeTheyWereReceived(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	late := strings.Replace(ping("a", 1), `"lat"`, `"received_time":"2026-03-01T12:00:00.000Z","lat"`, 1)
	s.in = late + "\n{noise\n" + ping("a", 2)
	s.run(exitDone, "replay", "-", "--arrivals")
	for i, want := range []string{"2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z", "2026-03-01T10:00:02Z"} {
		if got := s.records("cordon.pings")[i].at.UTC().Format(time.RFC3339); got != want {
			t.Errorf("record %d is of %s, want %s", i, got, want)
		}
	}
}

func TestReplay_leavesOutWhatIsTooLongForTheTopicAndSendsItsNeighbours(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	s.in = ping("a", 1) + "\n{\"device_id\":\"" + strings.Repeat("x", 2*maxLine) + "\n" + ping("a", 2)
	out, _ := s.run(exitDone, "replay", "-")
	s.wants(out, "sent 2 pings", "1 too long for the topic, not sent")
	if got := values(s.records("cordon.pings")); !slices.Equal(got, []string{ping("a", 1), ping("a", 2)}) {
		t.Errorf("sent %d records", len(got))
	}
}

func TestReplay_ofNothingSendsNothing(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	for _, in := range []string{"", "\n \n", string(zipped(t, ""))} {
		s.in = in
		out, _ := s.run(exitDone, "replay", "-")
		s.wants(out, "sent 0 pings")
	}
	s.in = "[" + ping("a", 1) + "]"
	_, errs := s.run(exitFailed, "replay", "-")
	s.wants(errs, "one ping a line")
}

func TestReplay_endsCleanlyWhenInterrupted(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	ctx, cancel := context.WithCancel(t.Context())
	file := s.file("p", ping("a", 0)+"\n"+ping("a", 3000))
	var out, errs bytes.Buffer
	done := make(chan int)
	go func() { done <- run(ctx, []string{"replay", file, "--speed", "1"}, streams{nil, &out, &errs}) }()
	for len(s.records("cordon.pings")) == 0 {
	}
	cancel()
	if code := <-done; code != exitFailed {
		t.Errorf("exit %d", code)
	}
	s.wants(out.String(), "sent 1 ping ")
	s.wants(errs.String(), "interrupted after 1 ping")
}
