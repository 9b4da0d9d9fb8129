package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// KafkaOptions say where a Kafka lives.
type KafkaOptions struct {
	Dir  string       // its folder: configuration, kafka.log, data/; made if missing, data in it is kept
	Port int          // 0: a free one
	Log  *slog.Logger // nil: none

	Listeners []Listener // in addition to the plain one
	Settings  []string   // further lines of server.properties, such as those that the listeners need
}

// Listener is an additional listener of a broker.
type Listener struct {
	Name     string // such as SECURE
	Protocol string // such as SASL_SSL
	port     int
}

// Kafka is one node of Apache Kafka: alone, or one of a [Cluster].
type Kafka struct {
	dist distribution
	dir  string
	node node
	log  *slog.Logger

	mu    sync.Mutex
	child *child
}

// StartKafka starts a broker and waits until it answers; on a first start that includes the topic of group offsets,
// whose making would otherwise cost the first consumer group 5 s. It wraps [ErrUnavailable] when there is no Kafka to
// be had here.
func StartKafka(ctx context.Context, o KafkaOptions) (*Kafka, error) {
	dist, err := resolve(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := serverDir(o.Dir)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(2 + len(o.Listeners))
	if err != nil {
		return nil, err
	}
	k := &Kafka{dist: dist, dir: dir, node: single(cmp.Or(o.Port, ports[0]), ports[1]), log: orDiscard(o.Log)}
	k.node.settings = o.Settings
	for i, l := range o.Listeners {
		l.port = ports[2+i]
		k.node.listeners = append(k.node.listeners, l)
	}
	if err := k.Restart(ctx); err != nil {
		return nil, err
	}
	if err := report("kafka", KafkaVersion()); err != nil {
		return nil, errors.Join(err, k.Kill())
	}
	return k, nil
}

// Addr is host:port, to be given to clients.
func (k *Kafka) Addr() string { return address(k.node.port) }

// ListenerAddr returns host:port of the listener with that name, or "" if there is none.
func (k *Kafka) ListenerAddr(name string) string {
	for _, l := range k.node.listeners {
		if l.Name == name {
			return address(l.port)
		}
	}
	return ""
}

// LogFile is where the broker's own words go.
func (k *Kafka) LogFile() string { return filepath.Join(k.dir, "kafka.log") }

// PID is the process id of the run that goes on, 0 when there is none.
func (k *Kafka) PID() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return pid(k.child)
}

// Stop ends the broker in order. One that does not end while ctx lasts is killed, which is an error.
func (k *Kafka) Stop(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.child.stop(ctx)
}

// Kill ends the broker as kill -9 does.
func (k *Kafka) Kill() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.child.kill()
}

// Restart brings the broker up on its port with its data, after stopping it if it runs.
func (k *Kafka) Restart(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.child.stop(ctx); err != nil {
		return err
	}
	if err := configure(ctx, k.dist, k.dir, k.node); err != nil {
		return err
	}
	began := time.Now()
	c, err := startChild(kafkaCommand(k.dist, k.dir, k.node.heap), k.LogFile())
	if err != nil {
		return err
	}
	k.child = c
	if err := c.await(ctx, k.answers); err != nil {
		return errors.Join(fmt.Errorf("local: kafka on %s: %w", k.Addr(), err), c.kill())
	}
	k.log.Info("kafka answers", "addr", k.Addr(), "pid", pid(c), "after", time.Since(began))
	return nil
}

// answers: the broker is in its own metadata, and coordinates groups.
func (k *Kafka) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := (&kafka.Dialer{}).DialContext(ctx, "tcp", k.Addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return err
	}
	brokers, err := conn.Brokers()
	if err != nil {
		return err
	}
	if len(brokers) == 0 {
		return errors.New("the broker is not registered yet")
	}
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(k.Addr()), Transport: transport}
	resp, err := client.FindCoordinator(ctx, &kafka.FindCoordinatorRequest{Key: "cordon", KeyType: kafka.CoordinatorKeyTypeConsumer})
	if err != nil {
		return err
	}
	return resp.Error
}

func serverDir(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("local: Dir is empty: say where the server's files go")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("local: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("local: %w", err)
	}
	return dir, nil
}

func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}

func pid(c *child) int {
	if !c.running() {
		return 0
	}
	return c.cmd.Process.Pid
}
