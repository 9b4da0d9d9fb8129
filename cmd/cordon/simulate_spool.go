package main

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// spool puts lines in the order of their times with little memory: wearers are simulated one after the other, and what
// they send at the same time must come together. Lines are put into stretches of time, and each is sorted by itself when
// all are there. Stretches that do not fit into memory together wait in a temporary file each.
type spool struct {
	from, width int64 // ms
	stretches   []stretch
	held        int // bytes in memory
	mostHeld    int
}

// stretch is lines behind their time (8 bytes) and length (4 bytes), the first of them in the file.
type stretch struct {
	file   *os.File
	stored int64
	lines  []byte
}

const spoolHead = 12

// newSpool expects some 200 pings of 350 bytes a tag and day; a scenario may well make ten times as many.
func newSpool(from int64, d time.Duration, tags int) *spool {
	const most, aim, mostStretches = 64 << 20, 8 << 20, 512
	expected := d.Hours() / 24 * float64(tags) * 200 * 350
	n := min(int(expected/aim)+1, mostStretches)
	return &spool{from: from, width: d.Milliseconds()/int64(n) + 1, stretches: make([]stretch, n), mostHeld: most}
}

// add takes a line.
func (s *spool) add(at int64, line []byte) error {
	x := &s.stretches[min(max(int((at-s.from)/s.width), 0), len(s.stretches)-1)]
	x.lines = binary.LittleEndian.AppendUint64(x.lines, uint64(at))
	x.lines = binary.LittleEndian.AppendUint32(x.lines, uint32(len(line)))
	x.lines = append(x.lines, line...)
	if s.held += spoolHead + len(line); s.held < s.mostHeld {
		return nil
	}
	for i := range s.stretches {
		if err := s.stretches[i].store(); err != nil {
			return fmt.Errorf("a temporary file: %w", err)
		}
	}
	s.held = 0
	return nil
}

// store moves what is in memory to the file.
func (x *stretch) store() (err error) {
	if x.file == nil {
		if x.file, err = os.CreateTemp("", "cordon-simulate-*"); err != nil {
			return err
		}
	}
	n, err := x.file.Write(x.lines)
	x.stored += int64(n)
	x.lines = x.lines[:0]
	return err
}

// write writes all lines, those of the same time as they were added.
func (s *spool) write(w io.Writer) error {
	for i := range s.stretches {
		if err := s.stretches[i].write(w); err != nil {
			return err
		}
	}
	return nil
}

func (x *stretch) write(w io.Writer) error {
	all := make([]byte, x.stored, x.stored+int64(len(x.lines)))
	if x.file != nil {
		if _, err := x.file.ReadAt(all, 0); err != nil {
			return fmt.Errorf("a temporary file: %w", err)
		}
	}
	all = append(all, x.lines...)
	x.lines = nil
	type line struct {
		at   int64
		text []byte
	}
	var lines []line
	for len(all) > 0 {
		end := spoolHead + int(binary.LittleEndian.Uint32(all[8:]))
		lines = append(lines, line{int64(binary.LittleEndian.Uint64(all)), all[spoolHead:end]})
		all = all[end:]
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	for _, l := range lines {
		if _, err := w.Write(l.text); err != nil {
			return err
		}
	}
	return nil
}

// close removes the temporary files.
func (s *spool) close() {
	for _, x := range s.stretches {
		if x.file != nil {
			x.file.Close()
			os.Remove(x.file.Name())
		}
	}
}
