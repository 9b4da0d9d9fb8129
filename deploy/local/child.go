package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// readyTimeout bounds the wait for a server when the caller's context does not; a start takes 3 s on an idle machine.
const readyTimeout = 90 * time.Second

var errExited = errors.New("local: server exited")

// child is one run of a server.
type child struct {
	cmd     *exec.Cmd
	logPath string
	done    chan struct{} // closed when the process has been waited for
}

// startChild starts cmd with its output appended to the file at logPath.
func startChild(cmd *exec.Cmd, logPath string) (*child, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = childAttributes()
	c := &child{cmd: cmd, logPath: logPath, done: make(chan struct{})}
	started := make(chan error)
	go c.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("local: start %s: %w", cmd.Path, err)
	}
	return c, nil
}

// run owns the thread the child is started from until the child has ended: Linux sends the parent-death signal when
// that thread ends, not when the process does.
func (c *child) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := c.cmd.Start(); err != nil {
		started <- err
		return
	}
	started <- nil
	_ = c.cmd.Wait() // how a server ended is told by its log
	close(c.done)
}

func (c *child) running() bool {
	if c == nil {
		return false
	}
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// await asks probe until it is content, the child has ended, or ctx is done.
func (c *child) await(ctx context.Context, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	last := errors.New("not asked yet")
	for {
		select {
		case <-c.done:
			return fmt.Errorf("%w before it was ready: %s", errExited, logTail(c.logPath))
		case <-ctx.Done():
			return fmt.Errorf("local: not ready: %w (last answer: %w): %s", ctx.Err(), last, logTail(c.logPath))
		case <-tick.C:
		}
		if last = probe(ctx); last == nil {
			return nil
		}
	}
}

// stop asks the child to end and waits for it; when ctx is done first, the child is killed.
func (c *child) stop(ctx context.Context) error {
	if !c.running() {
		return nil
	}
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("local: stop %s: %w", c.cmd.Path, err)
	}
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("local: stop %s: %w; killed it", c.cmd.Path, ctx.Err()), c.kill())
	}
}

func (c *child) kill() error {
	if !c.running() {
		return nil
	}
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("local: kill %s: %w", c.cmd.Path, err)
	}
	<-c.done
	return nil
}

// logTail is the end of a log in one line, for an error.
func logTail(path string) string {
	const lines, size = 8, 4 << 10
	text, err := os.ReadFile(path)
	if err != nil {
		return "no log: " + err.Error()
	}
	text = bytes.TrimSpace(text[max(0, len(text)-size):])
	if len(text) == 0 {
		return path + " is empty"
	}
	all := strings.Split(string(text), "\n")
	return path + " ends: " + strings.Join(all[max(0, len(all)-lines):], " | ")
}
