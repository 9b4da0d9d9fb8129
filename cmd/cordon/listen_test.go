package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/encoding/protowire"

	"cordon/alerting"
)

// patience bounds every wait of these tests; a passing one never reaches it.
const patience = 30 * time.Second

// serveProcessor serves health and metrics of a processor that has not begun, and returns the address.
func serveProcessor(t *testing.T, limits listenLimits) string {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	log := slog.New(slog.DiscardHandler)
	p := newProcessor(processFlags{Pprof: true, rules: alerting.DefaultRules()}, topicFlags{}, nil, client, log)
	l, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, l, p.handler(), limits, log) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = client.Close()
	})
	return l.Addr().String()
}

// dialed is one connection, over which requests are written by hand.
type dialed struct {
	net.Conn
	t    *testing.T
	from *bufio.Reader
}

func dial(t *testing.T, addr string) *dialed {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &dialed{conn, t, bufio.NewReader(conn)}
}

func (d *dialed) send(text string) {
	d.t.Helper()
	if _, err := io.WriteString(d, text); err != nil {
		d.t.Fatal(err)
	}
}

// get asks for a path and returns the answer.
func (d *dialed) get(path string) (int, []byte) {
	d.t.Helper()
	d.send("GET " + path + " HTTP/1.1\r\nHost: cordon\r\n\r\n")
	return d.answer()
}

func (d *dialed) answer() (int, []byte) {
	d.t.Helper()
	resp, err := http.ReadResponse(d.from, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, body
}

func answers(t *testing.T, d *dialed) {
	t.Helper()
	if code, body := d.get("/metrics"); code != http.StatusOK || !bytes.Contains(body, []byte("cordon_pings_total")) {
		t.Errorf("/metrics: %d, %.200s", code, body)
	}
	if code, body := d.get("/readyz"); code != http.StatusServiceUnavailable || !bytes.Contains(body, []byte("not loaded yet")) {
		t.Errorf("/readyz: %d, %s", code, body)
	}
}

func TestServe_aConnectionThatNeverEndsItsHeaderIsCut(t *testing.T) {
	limits := defaultLimits
	limits.connections, limits.readHeader = 2, 50*time.Millisecond
	addr := serveProcessor(t, limits)
	silent, slow := dial(t, addr), dial(t, addr) // all that may be open
	slow.send("GET /metrics HTTP/1.1\r\nHost: cordon\r\nX-Slow: ")
	for _, d := range []*dialed{silent, slow} {
		if _, err := io.Copy(io.Discard, d); isTimeout(err) {
			t.Fatal("the server keeps the connection open")
		}
	}
	answers(t, dial(t, addr))
}

func isTimeout(err error) bool {
	var of net.Error
	return errors.As(err, &of) && of.Timeout()
}

func TestServe_answersOnOpenConnectionsWhileAsManyAreOpenAsMayBe(t *testing.T) {
	addr := serveProcessor(t, defaultLimits)
	all := make([]*dialed, defaultLimits.connections)
	for i := range all {
		all[i] = dial(t, addr)
		if code, _ := all[i].get("/healthz"); code != http.StatusOK {
			t.Fatalf("connection %d: %d", i, code)
		}
	}
	next := dial(t, addr)
	next.send("GET /healthz HTTP/1.1\r\nHost: cordon\r\n\r\n")
	answers(t, all[100])
	all[7].Close()
	if code, _ := next.answer(); code != http.StatusOK {
		t.Errorf("the one that waited: %d", code)
	}
	answers(t, next)
}

// pipes is a listener to whom somebody connects whenever it accepts.
type pipes struct{ accepted int }

func (p *pipes) Accept() (net.Conn, error) {
	p.accepted++
	_, c := net.Pipe()
	return c, nil
}
func (p *pipes) Close() error   { return nil }
func (p *pipes) Addr() net.Addr { return nil }

func TestLimited_the257thConnectionWaitsForAnotherToClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &pipes{}
		l := limited(inner, 256)
		var conns []net.Conn
		accept := make(chan net.Conn)
		go func() {
			defer close(accept)
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				accept <- c
			}
		}()
		for range 256 {
			conns = append(conns, <-accept)
		}
		synctest.Wait()
		if inner.accepted != 256 {
			t.Fatalf("%d accepted", inner.accepted)
		}
		for range 2 { // a second Close frees no second place
			_ = conns[3].Close()
		}
		conns = append(conns, <-accept)
		synctest.Wait()
		if inner.accepted != 257 {
			t.Errorf("%d accepted after one has closed", inner.accepted)
		}
		_ = l.Close()
		if _, ok := <-accept; ok {
			t.Error("a closed listener accepts")
		}
		for _, c := range conns {
			_ = c.Close()
		}
	})
}

func TestServe_aHeaderTooLongIsRefused(t *testing.T) {
	d := dial(t, serveProcessor(t, defaultLimits))
	d.send("GET /metrics HTTP/1.1\r\nHost: cordon\r\nX-Long: " + strings.Repeat("x", 64<<10) + "\r\n\r\n")
	if status, err := d.from.ReadString('\n'); err != nil || !strings.Contains(status, " 431 ") {
		t.Errorf("answered %q, %v", status, err)
	}
}

func TestServe_aProfileMayTakeLongerThanARequest(t *testing.T) {
	limits := defaultLimits
	limits.readHeader, limits.read, limits.write = 500*time.Millisecond, 500*time.Millisecond, 500*time.Millisecond
	code, body := dial(t, serveProcessor(t, limits)).get("/debug/pprof/profile?seconds=1")
	if code != http.StatusOK {
		t.Fatalf("%d: %s", code, body)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	profile, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	const durationNanos = 10 // of profile.proto
	for len(profile) > 0 {
		number, kind, n := protowire.ConsumeTag(profile)
		if profile = profile[max(n, 0):]; n < 0 {
			t.Fatal("not a profile")
		}
		if number == durationNanos {
			if ns, _ := protowire.ConsumeVarint(profile); ns < 900_000_000 {
				t.Errorf("it covers %s of 1s", time.Duration(ns))
			}
			return
		}
		profile = profile[protowire.ConsumeFieldValue(number, kind, profile):]
	}
	t.Error("the profile says nothing of its duration")
}

func TestListen_isThisMachinesAloneUnlessToldOtherwise(t *testing.T) {
	s := newShell(t)
	for _, command := range []string{"process", "demo"} {
		out, _ := s.run(exitDone, command, "--help")
		s.wants(out, `--listen="127.0.0.1:9464"`)
	}
}

func TestListen_whatItCannotOpenIsOneClearLine(t *testing.T) {
	s := newShell(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{
		taken.Addr().String(): "the port is in use",
		"nowhere":             "give host:port",
		"127.0.0.1:99999":     "give host:port",
	} {
		_, errs := s.run(exitFailed, "process", "--listen", address)
		s.wants(errs, fmt.Sprintf("--listen %s: ", address), want)
		if strings.Count(errs, "\n") != 1 {
			t.Errorf("more than a line:\n%s", errs)
		}
	}
}
