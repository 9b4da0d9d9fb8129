package local

import (
	"log/slog"
	"testing"
)

// TestRedis starts a Redis for one test, which may do with it what it likes, and stops it at its end. It is quick; a
// Kafka is better shared.
func TestRedis(t testing.TB) Store {
	t.Helper()
	s := &Servers{}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	if err := s.startRedis(t.Context(), Options{Dir: t.TempDir(), Log: log, RequireReal: RequireReal()}); err != nil {
		t.Fatal(err)
	}
	stopAfter(t, s)
	return s.Redis
}
