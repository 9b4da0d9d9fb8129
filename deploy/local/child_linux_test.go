package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestChild_endsWithTheProcessThatStartedIt runs this binary again as the parent, and kills it as kill -9 does.
func TestChild_endsWithTheProcessThatStartedIt(t *testing.T) {
	const parent = "CORDON_TEST_PARENT_DIR"
	if dir := os.Getenv(parent); dir != "" {
		r, err := StartRedis(t.Context(), RedisOptions{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("redis on " + r.Addr())
		<-t.Context().Done()
		return
	}
	if _, err := exec.LookPath("redis-server"); err != nil {
		orFallback(t, fmt.Errorf("redis %w", ErrUnavailable))
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), parent+"="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr := addressIn(t, bufio.NewScanner(out))
	if err := errors.Join(cmd.Process.Kill(), ignoreExit(cmd.Wait())); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		conn, err := net.Dial("tcp", addr)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err == nil {
			conn.Close()
		}
	}
	t.Errorf("redis on %s outlives its parent", addr)
}

func addressIn(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	for lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), "redis on "); ok {
			return addr
		}
	}
	t.Fatal("the parent started no redis")
	return ""
}

func ignoreExit(err error) error {
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return nil
	}
	return err
}
