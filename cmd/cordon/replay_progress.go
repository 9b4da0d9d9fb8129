package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/term"
)

// replayCounts is how far a replay has come.
type replayCounts struct {
	sent        atomic.Int64 // acknowledged
	undecodable atomic.Int64 // sent, or about to be
	filtered    atomic.Int64
	long        atomic.Int64 // too long for the topic: not sent
}

// summary is the last line.
func (c *replayCounts) summary(w io.Writer, took time.Duration) {
	sent := c.sent.Load()
	fmt.Fprintf(w, "sent %s in %s (%.0f/s); %d undecodable, sent as they are; %d filtered out", counted(int(sent), "ping"),
		took.Round(time.Millisecond), float64(sent)/max(took.Seconds(), 1e-9), c.undecodable.Load(), c.filtered.Load())
	if n := c.long.Load(); n > 0 {
		fmt.Fprintf(w, "; %d too long for the topic, not sent", n)
	}
	fmt.Fprintln(w)
}

// reached says in an error message what had been sent.
func (c *replayCounts) reached() string {
	return counted(int(c.sent.Load()), "ping") + " had been sent"
}

// showProgress rewrites one line while a terminal looks on. The function it returns ends that.
func showProgress(w io.Writer, line func() string) (stop func()) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				fmt.Fprint(w, "\r", strings.Repeat(" ", 60), "\r")
				return
			case <-tick.C:
				fmt.Fprintf(w, "\r%-60s", line())
			}
		}
	}()
	return func() { close(done); <-ended }
}

func progressLine(sent int64, took time.Duration, read, size int64) string {
	line := fmt.Sprintf("%d pings, %.0f/s", sent, float64(sent)/max(took.Seconds(), 1e-9))
	if size > 0 {
		line += fmt.Sprintf(", %.0f %% of the file", 100*float64(read)/float64(size))
	}
	return line
}
