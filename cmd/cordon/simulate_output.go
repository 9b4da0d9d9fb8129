package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"io"
	"os"
	"strings"
)

// output is a file that is being written, zipped where its name says so; nowhere when it has no name.
type output struct {
	*bufio.Writer
	closers []io.Closer
}

func openOutput(std streams, name string) (*output, error) {
	switch name {
	case "":
		return &output{Writer: bufio.NewWriter(io.Discard)}, nil
	case "-":
		return &output{Writer: bufio.NewWriter(std.out)}, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(name, ".gz") {
		return &output{bufio.NewWriterSize(file, 1<<20), []io.Closer{file}}, nil
	}
	zip := gzip.NewWriter(file)
	return &output{bufio.NewWriterSize(zip, 1<<20), []io.Closer{zip, file}}, nil
}

// close finishes the file and returns the error there was before, or else its own.
func (o *output) close(before error) error {
	err := cmp.Or(before, o.Flush())
	for _, c := range o.closers {
		err = cmp.Or(err, c.Close())
	}
	return err
}
