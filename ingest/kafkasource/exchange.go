package kafkasource

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	fetchapi "github.com/segmentio/kafka-go/protocol/fetch"
)

// exchange is a fetch of one partition whose response is kept as it came. kafka-go finds the broker, opens the
// connection and writes the request; of the response it would make some objects for every record.
type exchange struct {
	*fetchapi.Request
	version int16
	buffer  []byte // to read into
}

// Required is called by kafka-go with the versions agreed on with the broker. The answer is always yes.
func (x *exchange) Required(versions map[protocol.ApiKey]int16) bool {
	x.version = versions[protocol.Fetch]
	return true
}

const (
	leastFetch  = 4         // the version of Kafka 0.11: from there on records come in the format that we read
	mostAnswer  = 512 << 20 // bytes of a response
	clientID    = "cordon"
	correlation = 1 // there is one request at a time on a connection
)

// RawExchange is called by kafka-go with a connection that is ours until it returns.
func (x *exchange) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	if x.version < leastFetch {
		return nil, fmt.Errorf("the broker offers version %d of fetch, %d is the least: it is older than Kafka 0.11", x.version, leastFetch)
	}
	if err := protocol.WriteRequest(rw, x.version, correlation, clientID, x.Request); err != nil {
		return nil, err
	}
	var head [4]byte
	if _, err := io.ReadFull(rw, head[:]); err != nil {
		return nil, unexpected(err)
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > mostAnswer {
		return nil, fmt.Errorf("a response of %d bytes", size)
	}
	if int(size) > cap(x.buffer) {
		x.buffer = make([]byte, size)
	}
	a := &answer{x.version, x.buffer[:size]}
	if _, err := io.ReadFull(rw, a.bytes); err != nil {
		return nil, unexpected(err)
	}
	return a, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// answer is the response to an exchange.
type answer struct {
	version int16
	bytes   []byte
}

// ApiKey makes an answer a protocol.Message.
func (a *answer) ApiKey() protocol.ApiKey { return protocol.Fetch }

// fetched is what an answer says about the partition.
type fetched struct {
	highWatermark, logStart int64
	records                 []byte // batches, the last of them perhaps cut off
}

var errAnswer = errors.New("the response cannot be read")

// read reads the response of a fetch, versions 4 to 11 (https://kafka.apache.org/protocol, "Fetch API").
func (a *answer) read() (fetched, error) {
	c := cursor{b: a.bytes}
	var f fetched
	if c.int32() != correlation {
		return f, errAnswer
	}
	c.int32() // throttled for
	if a.version >= 7 {
		if code := c.int16(); code != 0 {
			return f, kafka.Error(code)
		}
		c.int32() // session
	}
	if c.int32() < 1 && !c.bad {
		return f, protocol.ErrNoTopic
	}
	c.skip(int(c.int16())) // topic
	if c.int32() < 1 && !c.bad {
		return f, protocol.ErrNoPartition
	}
	c.int32() // partition
	code := c.int16()
	f.highWatermark = c.int64()
	c.int64() // last stable offset
	if a.version >= 5 {
		f.logStart = c.int64()
	}
	if aborted := c.int32(); aborted > 0 {
		c.skip(16 * int(aborted))
	}
	if a.version >= 11 {
		c.int32() // preferred replica
	}
	f.records = c.skip(int(c.int32()))
	switch {
	case c.bad:
		return f, errAnswer
	case code != 0:
		return f, kafka.Error(code)
	}
	return f, nil
}

// cursor takes big-endian numbers off the front of b. After the first that is not there bad stays set.
type cursor struct {
	b   []byte
	bad bool
}

// skip takes n bytes; none when n is negative, which stands for null.
func (c *cursor) skip(n int) []byte {
	if n > len(c.b) {
		c.b, c.bad = nil, true
	}
	if n <= 0 || c.bad {
		return nil
	}
	taken := c.b[:n:n]
	c.b = c.b[n:]
	return taken
}

func (c *cursor) int16() int16 {
	if b := c.skip(2); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (c *cursor) int32() int32 {
	if b := c.skip(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (c *cursor) int64() int64 {
	if b := c.skip(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}
