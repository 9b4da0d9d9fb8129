package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// lines reads a text line by line, in bounded memory.
type lines struct {
	from *bufio.Reader
	line int
}

func newLines(from *bufio.Reader) *lines { return &lines{from: from} }

// read returns the next line that is not empty, without its end. long says that it does not fit into the buffer: the
// rest of it is skipped. What stands before an error other than the end is not a line.
func (l *lines) read() (text []byte, long bool, err error) {
	for {
		text, err = l.from.ReadSlice('\n')
		l.line++
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, true, l.skip()
		}
		if err != nil && (!errors.Is(err, io.EOF) || len(text) == 0) {
			return nil, false, err
		}
		if l.line == 1 {
			text = bytes.TrimPrefix(text, []byte(byteOrderMark))
		}
		text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
		if len(bytes.TrimSpace(text)) > 0 {
			return text, false, nil
		}
	}
}

func (l *lines) skip() error {
	for {
		_, err := l.from.ReadSlice('\n')
		switch {
		case err == nil || errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

func (l *lines) next() (entry, error) {
	text, long, err := l.read()
	return entry{value: text, place: l.place(), long: long}, err
}

func (l *lines) place() string { return fmt.Sprintf("line %d", l.line) }
