package pipeline

import (
	"errors"
	"io"
	"syscall"

	"cordon/alerting"
)

const (
	defaultRejectBytes = 1 << 20 // the limit that `cordon topics create` gives the rejects topic
	batchOverhead      = 100     // bytes of a record batch without its records
	cutsBeforeShrink   = 3
)

// cutTo cuts a reject so that it fits, with its batch, into the given number of bytes. It cuts in the same steps as shrink,
// so that the result is the same wherever the size is noticed.
func cutTo(m *alerting.Message, most int) {
	for step := 0; step < shrinkSteps && weight(m) > most; step++ {
		one := []alerting.Message{*m}
		shrink(one, step)
		*m = one[0]
	}
}

// weight returns an upper estimate of a message's size on the wire.
func weight(m *alerting.Message) int {
	const record, header = 40, 10 // lengths, offset and time as varints
	n := batchOverhead + record + len(m.Key) + len(m.Value)
	for _, h := range m.Headers {
		n += header + len(h.Key) + len(h.Value)
	}
	return n
}

// cutOff reports whether the broker closed the connection instead of answering. A broker does that if a request is larger
// than its socket.request.max.bytes; it also happens when a broker goes away.
func cutOff(err error) bool {
	for _, cut := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, cut) {
			return true
		}
	}
	return false
}
