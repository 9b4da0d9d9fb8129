package pipeline

import (
	"errors"
	"io"
	"syscall"

	"cordon/alerting"
)

const (
	defaultRejectBytes = 1 << 20 // what `cordon topics create` has the rejects topic take
	batchOverhead      = 100     // bytes of a record batch besides its records
	cutsBeforeShrink   = 3
)

// cutTo makes a reject no larger than so many bytes with the batch it is sent in. The steps are those of shrink, so that
// what has to be cut looks the same whoever notices.
func cutTo(m *alerting.Message, most int) {
	for step := 0; step < shrinkSteps && weight(m) > most; step++ {
		one := []alerting.Message{*m}
		shrink(one, step)
		*m = one[0]
	}
}

// weight is an upper estimate of what a message takes on the wire.
func weight(m *alerting.Message) int {
	const record, header = 40, 10 // lengths, offset and time as varints
	n := batchOverhead + record + len(m.Key) + len(m.Value)
	for _, h := range m.Headers {
		n += header + len(h.Key) + len(h.Value)
	}
	return n
}

// cutOff reports whether the connection was cut instead of an answer. A broker does that to a request that is larger than
// its socket.request.max.bytes; it also happens when a broker goes away.
func cutOff(err error) bool {
	for _, cut := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, cut) {
			return true
		}
	}
	return false
}
