package harness

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Site is where the program is run: its binary and the servers it talks to.
type Site struct {
	Binary string
	Kafka  string // host:port, or several with commas between
	Redis  string // URL
	Prefix string // of the topics and of the group, so that several sites can share servers
	Dir    string // for logs
	Rules  string // built-in rule set of the processors; empty: plain, by which every fix says something

	MaxUnassigned, UnassignedAlerts int // limits of the processors; 0: their defaults

	started atomic.Int64

	mu      sync.Mutex
	running []*Processor
}

// lost returns an error that cannot be waited out when a processor has ended that nobody asked to.
func (s *Site) lost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.running {
		if err := p.exited(); err != nil && !p.asked.Load() {
			return err
		}
	}
	return nil
}

// Pings is the topic of the pings.
func (s *Site) Pings() string { return s.Prefix + ".pings" }

// Alerts is the topic of the alerts.
func (s *Site) Alerts() string { return s.Prefix + ".alerts" }

// Rejects is the topic of the rejects.
func (s *Site) Rejects() string { return s.Prefix + ".rejects" }

// Environment is that of the commands run here.
func (s *Site) Environment() []string {
	env := append(os.Environ(), "CORDON_KAFKA_BROKERS="+s.Kafka, "CORDON_REDIS_URL="+s.Redis, "CORDON_PINGS_TOPIC="+s.Pings(),
		"CORDON_ALERTS_TOPIC="+s.Alerts(), "CORDON_REJECTS_TOPIC="+s.Rejects(), "CORDON_GROUP="+s.Prefix, "CORDON_RULES="+cmp.Or(s.Rules, "plain"))
	if s.MaxUnassigned > 0 {
		env = append(env, fmt.Sprintf("CORDON_MAX_UNASSIGNED=%d", s.MaxUnassigned))
	}
	if s.UnassignedAlerts > 0 {
		env = append(env, fmt.Sprintf("CORDON_UNASSIGNED_ALERTS=%d", s.UnassignedAlerts))
	}
	return env
}

// Cordon runs one command to its end and returns what it wrote to standard output.
func (s *Site) Cordon(ctx context.Context, stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.Binary, args...)
	cmd.Env, cmd.Stdin = s.Environment(), bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("cordon %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.String(), nil
}

// Processor is one running `cordon process`.
type Processor struct {
	Addr string // of health and metrics
	Log  string // file with what it wrote to standard error

	cmd   *exec.Cmd
	gone  chan struct{}
	err   error
	asked atomic.Bool // to end
}

// Start starts a processor and waits until it lives.
func (s *Site) Start(ctx context.Context, args ...string) (*Processor, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	p := &Processor{Addr: addr, gone: make(chan struct{}), Log: filepath.Join(s.Dir, fmt.Sprintf("process-%d.log", s.started.Add(1)))}
	logFile, err := os.Create(p.Log)
	if err != nil {
		return nil, err
	}
	defer logFile.Close()
	p.cmd = exec.Command(s.Binary, append([]string{"process", "--listen", addr}, args...)...)
	p.cmd.Env, p.cmd.Stderr = s.Environment(), logFile
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.err = p.cmd.Wait(); close(p.gone) }()
	s.mu.Lock()
	s.running = append(s.running, p)
	s.mu.Unlock()
	return p, Until(ctx, "the processor lives", func() error { _, err := p.get(ctx, "/healthz"); return errors.Join(err, p.exited()) })
}

// Pid is the processor's process.
func (p *Processor) Pid() int { return p.cmd.Process.Pid }

// exited returns an error that cannot be waited out when the processor has ended.
func (p *Processor) exited() error {
	select {
	case <-p.gone:
		return fmt.Errorf("%w: the processor has ended (%w): %s", errHopeless, p.err, p.tail())
	default:
		return nil
	}
}

func (p *Processor) tail() string {
	b := p.Written()
	return b[max(0, len(b)-600):]
}

// Exit waits for the processor to end by itself and returns what it wrote and its exit code.
func (p *Processor) Exit(ctx context.Context) (string, int, error) {
	select {
	case <-ctx.Done():
		return "", 0, ctx.Err()
	case <-p.gone:
		return p.tail(), p.cmd.ProcessState.ExitCode(), nil
	}
}

// Kill is kill -9: nothing is finished, nothing is said.
func (p *Processor) Kill() {
	p.asked.Store(true)
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // an error says that it has ended already
	<-p.gone
}

// Stop asks for an orderly end and waits for it.
func (p *Processor) Stop(ctx context.Context) error {
	p.asked.Store(true)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-p.gone:
		if p.err != nil {
			return fmt.Errorf("%w: %s", p.err, p.tail())
		}
		return nil
	}
}

// Ready waits until the processor says it is.
func (p *Processor) Ready(ctx context.Context) error {
	return Until(ctx, "the processor is ready", func() error { return errors.Join(p.Readiness(ctx), p.exited()) })
}

// Readiness returns nil when the processor is ready, else what it says is missing.
func (p *Processor) Readiness(ctx context.Context) error {
	_, err := p.get(ctx, "/readyz")
	return err
}

// Metric returns the value of a sample, named as in the exposition: name{label="value"}.
func (p *Processor) Metric(ctx context.Context, sample string) (float64, error) {
	text, err := p.get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, sample+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("no sample %s", sample)
}

// Metrics returns the whole exposition.
func (p *Processor) Metrics(ctx context.Context) (string, error) { return p.get(ctx, "/metrics") }

func (p *Processor) get(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.Addr+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = &StatusError{resp.StatusCode, strings.TrimSpace(string(body))}
	}
	return string(body), err
}

// StatusError is an answer that is not 200: of /readyz, that the processor is not ready.
type StatusError struct {
	Code int
	Body string
}

func (e *StatusError) Error() string { return e.Body }

// errHopeless marks what waiting will not change.
var errHopeless = errors.New("hopeless")

// Until repeats do until it returns nil, or ctx ends.
func Until(ctx context.Context, what string, do func() error) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := do()
		if err == nil || errors.Is(err, errHopeless) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w; last: %w", what, ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// freeAddr is a loopback address nobody listens on.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Written returns what the processor wrote to standard error so far.
func (p *Processor) Written() string {
	b, err := os.ReadFile(p.Log)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
