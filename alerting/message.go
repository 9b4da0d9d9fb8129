package alerting

import "errors"

// ErrTooLarge is returned for a message that the broker refuses for its size.
var ErrTooLarge = errors.New("alerting: message too large for the topic")

// Message is a record to be written to a topic.
type Message struct {
	Key     []byte
	Value   []byte
	Headers []Header
}

// Header is one record header.
type Header struct {
	Key   string
	Value []byte
}
