package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"
)

// stopTimeout bounds an orderly end; what has not ended by then is killed.
const stopTimeout = 20 * time.Second

// shared are the servers of this test binary. They are the one thing here that outlives its maker, because tests of one
// package should not each wait for a JVM.
var shared struct {
	mu      sync.Mutex
	dir     string
	servers *Servers
	err     error
}

// Shared gives the servers of this test binary, starting them at the first call. Their topics and keys are everybody's:
// name your own. Use them with [Main], which stops them.
func Shared(ctx context.Context) (*Servers, error) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.servers != nil || shared.err != nil {
		return shared.servers, shared.err
	}
	shared.dir, shared.err = os.MkdirTemp("", "cordon-servers-")
	if shared.err != nil {
		return nil, shared.err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	shared.servers, shared.err = Start(ctx, Options{Dir: shared.dir, Log: log, RequireReal: RequireReal()})
	return shared.servers, shared.err
}

// Main runs the tests, then stops what Shared started; for TestMain.
func Main(m *testing.M) int {
	code := m.Run()
	if err := stopShared(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

func stopShared() error {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var err error
	if shared.servers != nil {
		err = shared.servers.Stop(ctx)
	}
	if shared.dir != "" {
		err = errors.Join(err, os.RemoveAll(shared.dir))
	}
	shared.dir, shared.servers, shared.err = "", nil, nil
	return err
}

// Test starts servers for one test, which may do with them what it likes, and stops them at its end.
func Test(t testing.TB) *Servers {
	t.Helper()
	return testServers(t, 1)
}

// TestCluster is Test with a Kafka of three brokers.
func TestCluster(t testing.TB) *Servers {
	t.Helper()
	return testServers(t, 3)
}

func testServers(t testing.TB, brokers int) *Servers {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := Start(t.Context(), Options{Dir: t.TempDir(), KafkaNodes: brokers, Log: log, RequireReal: RequireReal()})
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, s)
	return s
}

func stopAfter(t testing.TB, s *Servers) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

// RequireReal says whether REQUIRE_REAL=1 asks for real servers.
func RequireReal() bool { return os.Getenv("REQUIRE_REAL") == "1" }
