package main

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// maxLine is the longest record that is read: the topic takes no longer one. It is also the size of the buffer.
const maxLine = 256 << 10

// tape is a file or standard input, unzipped where it is zipped.
type tape struct {
	name string
	file *os.File // nil for standard input
	size int64
	read countingReader
	data *bufio.Reader

	regular bool // a file that can be read twice
	zipped  bool
}

func openTape(name string, std streams) (*tape, error) {
	t := &tape{name: name}
	if name == "-" {
		t.name, t.read.from = "standard input", std.in
		return t, t.begin()
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	t.file, t.read.from = file, file
	stat, err := file.Stat()
	if err == nil && stat.IsDir() {
		err = fmt.Errorf("%s is a directory: give a file", name)
	}
	if err == nil {
		if t.regular = stat.Mode().IsRegular(); t.regular {
			t.size = stat.Size()
		}
		err = t.begin()
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return t, nil
}

// begin looks for the mark of gzip; the name says nothing about it.
func (t *tape) begin() error {
	t.zipped = false
	t.data = bufio.NewReaderSize(&t.read, maxLine)
	magic, err := t.data.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return nil
	}
	t.zipped = true
	zip, err := gzip.NewReader(t.data)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return t.explain(err)
	}
	t.data = bufio.NewReaderSize(zip, maxLine)
	return nil
}

func (t *tape) rewind() error {
	if _, err := t.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	t.read.n.Store(0)
	return t.begin()
}

func (t *tape) close() error {
	if t.file == nil {
		return nil
	}
	return t.file.Close()
}

// explain says what is wrong with the file.
func (t *tape) explain(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return err
	case !t.zipped:
		return fmt.Errorf("%s: %w", t.name, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: the gzip data is cut off: get the file whole and replay it again", t.name)
	case errors.As(err, &corrupt), errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("%s: the gzip data is damaged (%w): get the file anew and replay it again", t.name, err)
	}
	return fmt.Errorf("%s: %w", t.name, err)
}

// sniff finds out the format by the first character that is not white space.
func (t *tape) sniff() (string, error) {
	for n := 1; n <= maxLine; n++ {
		head, err := t.data.Peek(n)
		if err != nil && !errors.Is(err, io.EOF) {
			return "", t.explain(err)
		}
		if len(head) < n {
			return "lines", nil // nothing but white space: no pings
		}
		switch c := head[n-1]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		case n <= len(byteOrderMark) && byteOrderMark[n-1] == c:
		case c == '{':
			return "lines", nil
		case c == '<':
			return "gpx", nil
		case c == '[':
			return "", fmt.Errorf("%s: a JSON array: write one ping a line (jq -c '.[]' does it)", t.name)
		default:
			return "csv", nil
		}
	}
	return "", fmt.Errorf("%s: begins with %d bytes of white space: give --format", t.name, maxLine)
}

// byteOrderMark is what some programs put before a UTF-8 text.
const byteOrderMark = "\xef\xbb\xbf"

// countingReader knows how much was read, for the progress line.
type countingReader struct {
	from io.Reader
	n    atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n.Add(int64(n))
	return n, err
}
