package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"cordon/ingest"
	"cordon/ingest/kafkarights"
	"cordon/ingest/kafkasource"
)

type replayCmd struct {
	File       string     `arg:"" help:"NDJSON in any ping format, CSV or GPX, gzipped or not; - for standard input."`
	Speed      string     `help:"1 as fast as it was recorded, 60 sixty times that, max as fast as Kafka takes it. Paced by received_time, by fix_time where there is none." default:"max"`
	Rate       string     `help:"No more than N/s pings." placeholder:"N/s"`
	ShiftToNow bool       `help:"Move all times by one constant, so that the last fix is now; at a given --speed the first fix is now, and intervals are divided by the speed. Pings are then sent as Cordon JSON, whatever they were."`
	Arrivals   bool       `help:"Give each record the time at which its ping was received (else the fix time) instead of now. Zones and wearers must have been in force then: see import --in-force-from."`
	Key        string     `help:"Key of a record: the tag, or what the original producer used (Traccar: its own device number)." enum:"device,original" default:"device"`
	Format     string     `help:"What the file is; auto finds out." enum:"auto,cordon,traccar,mdss,csv,gpx" default:"auto"`
	Device     string     `help:"GPX: the tag, instead of trk/name. CSV: the tag where a row names none. Otherwise only pings of this tag."`
	From       string     `help:"Only fixes at TIME (RFC 3339, or a date) or later." placeholder:"TIME"`
	To         string     `help:"Only fixes before TIME." placeholder:"TIME"`
	Strict     bool       `help:"Stop at the first ping that cannot be decoded, instead of sending it as it is."`
	BatchBytes int        `help:"Bytes of one request to a partition; more than the topic's max.message.bytes is refused." default:"196608"`
	Kafka      kafkaFlags `embed:""`
	Topics     topicFlags `embed:""`
}

// replayPlan is a replayCmd whose flags have been read.
type replayPlan struct {
	*replayCmd
	speed    float64 // 0: as fast as possible
	rate     float64 // pings per second; 0: no bound
	from, to int64   // ms; 0: no bound
}

// Run puts the recording onto the topic of the pings.
func (c *replayCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	tape, err := openTape(c.File, std)
	if err != nil {
		return err
	}
	defer func() { _ = tape.close() }()
	conn, err := c.Kafka.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.close()
	if err := kafkarights.Missing(ctx, conn.client, map[string][]kafkarights.Right{c.Topics.PingsTopic: {kafkarights.Write}}, ""); err != nil {
		return err
	}
	partitions, err := kafkasource.Partitions(ctx, conn.client, c.Topics.PingsTopic)
	if err != nil {
		return err
	}
	move, err := plan.shift(ctx, tape)
	if err != nil {
		return err
	}
	var counts replayCounts
	began := time.Now()
	stop := showProgress(std.err, func() string {
		return progressLine(counts.sent.Load(), time.Since(began), tape.read.n.Load(), tape.size)
	})
	sender := newSender(ctx, conn.client, c.Topics.PingsTopic, partitions, c.BatchBytes, &counts)
	err = plan.play(tape, move, sender, &counts)
	if refused := sender.close(); refused != nil {
		err = refused // it is what stopped play
	}
	stop()
	if ctx.Err() != nil {
		err = fmt.Errorf("interrupted after %s", counted(int(counts.sent.Load()), "ping"))
	}
	counts.summary(std.out, time.Since(began))
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w; %s", err, counts.reached())
	}
	return err
}

func (c *replayCmd) plan() (*replayPlan, error) {
	p := &replayPlan{replayCmd: c}
	var err error
	if p.speed, err = parseSpeed(c.Speed); err != nil {
		return nil, err
	}
	if p.rate, err = parseRate(c.Rate); err != nil {
		return nil, err
	}
	if p.from, err = parseInstant("--from", c.From, time.UTC); err != nil {
		return nil, err
	}
	if p.to, err = parseInstant("--to", c.To, time.UTC); err != nil {
		return nil, err
	}
	if p.from != 0 && p.to != 0 && p.from >= p.to {
		return nil, usagef("--to %s is not after --from %s", c.To, c.From)
	}
	if len(c.Device) > 64 {
		return nil, usagef("--device: a tag has 1 to 64 bytes")
	}
	if c.BatchBytes < 1024 || c.BatchBytes > 64<<20 {
		return nil, usagef("--batch-bytes %d: must be from 1024 to 67108864", c.BatchBytes)
	}
	if c.ShiftToNow && p.speed == 0 && c.File == "-" {
		return nil, usagef("--shift-to-now has to know the last fix before it sends the first, so it cannot read standard input: give a file, or a --speed")
	}
	return p, nil
}

// parseSpeed reads max, which is 0, or a number, with or without x behind it.
func parseSpeed(text string) (float64, error) {
	if text == "max" {
		return 0, nil
	}
	speed, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || !(speed > 0) || speed > 1e9 {
		return 0, usagef("--speed %s: must be a number above 0 (1, 60) or max", text)
	}
	return speed, nil
}

func parseRate(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	rate, err := strconv.ParseFloat(strings.TrimSuffix(text, "/s"), 64)
	if err != nil || !(rate > 0) || rate > 1e9 {
		return 0, usagef("--rate %s: must be a number of pings above 0, such as 500/s", text)
	}
	return rate, nil
}

// shift finds the constant of --shift-to-now. At a given speed the first ping sets it when it comes; otherwise the
// whole recording is read once to find its last fix.
func (p *replayPlan) shift(ctx context.Context, tape *tape) (*shift, error) {
	if !p.ShiftToNow {
		return nil, nil
	}
	if p.speed > 0 {
		return &shift{divisor: p.speed}, nil
	}
	if !tape.regular {
		return nil, usagef("%s: --shift-to-now has to read it twice, and it is no regular file: give one, or a --speed", tape.name)
	}
	last := int64(0)
	recording, err := p.open(tape, new(replayCounts))
	for err == nil {
		var m *moment
		if m, err = recording.next(); err == nil && m.decoded() {
			last = max(last, m.ping.FixTime)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w; nothing was sent", err)
	}
	s := &shift{divisor: 1}
	s.set(last, time.Now().UnixMilli())
	return s, tape.rewind()
}

// play sends what the tape holds, at its pace.
func (p *replayPlan) play(tape *tape, move *shift, sender *sender, counts *replayCounts) error {
	recording, err := p.open(tape, counts)
	if err != nil {
		return err
	}
	pace := &pace{speed: p.speed, rate: p.rate, began: time.Now()}
	stamp := int64(0) // of the last record, for those whose time is not known
	for {
		m, err := recording.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.decoded() {
			if move != nil {
				p.reencode(m, move)
			}
			stamp = m.arrival()
		}
		if err := sender.wait(pace.due(m, move)); err != nil {
			return err
		}
		o := outgoing{key: m.key, value: m.value, headers: m.headers}
		if p.Arrivals {
			o.at = stamp
		}
		if err := sender.add(o); err != nil {
			return err
		}
	}
}

// reencode moves the ping's times and writes it anew. A record that is moved is no longer what its producer wrote, so
// no format but our own is kept up.
func (p *replayPlan) reencode(m *moment, move *shift) {
	if !move.known {
		move.set(m.ping.FixTime, time.Now().UnixMilli())
	}
	m.ping.FixTime = move.of(m.ping.FixTime)
	if m.ping.With(ingest.HasReceived) {
		m.ping.ReceivedTime = move.of(m.ping.ReceivedTime)
	}
	m.value = ingest.AppendCordonJSON(m.value[:0:0], &m.ping)
	m.headers = nil
}
