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
	leastFetch    = 4                 // that of Kafka 0.11, the first with the record format that is read here
	mostAnswer    = mostPlain + 1<<20 // bytes of a response: the largest batch that is read, and the rest of the response
	answerStep    = 8 << 20           // bytes allocated for a response before any of it has come
	cutAnswer     = 1 << 20           // bytes read of a larger response, to see its first batch
	readCommitted = 1
	clientID      = "cordon"
	correlation   = 1 // there is one request at a time on a connection
)

// errAnswerLarge is returned for a response that is larger than any batch that is read. The part that has been read shows
// the batch. The rest is still on the connection, so kafka-go must close it, and therefore this is an error and not a
// protocol.Message.
type errAnswerLarge struct{ answer *answer }

func (e *errAnswerLarge) Error() string {
	return fmt.Sprintf("a response of %d bytes; at most %d are read", e.answer.size, mostAnswer)
}

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
	size := int(binary.BigEndian.Uint32(head[:]))
	want := size
	if size > mostAnswer {
		want = cutAnswer
	}
	b, err := x.fill(rw, want)
	if err != nil {
		return nil, unexpected(err)
	}
	if size > mostAnswer {
		return nil, &errAnswerLarge{&answer{x.version, size, b}}
	}
	return &answer{x.version, size, b}, nil
}

// fill reads n bytes. It allocates while they arrive, because the size is only a claim.
func (x *exchange) fill(r io.Reader, n int) ([]byte, error) {
	b := x.buffer[:0]
	for len(b) < n {
		step := min(n, max(2*len(b), answerStep))
		if step > cap(b) {
			b = append(make([]byte, 0, step), b...)
		}
		had := len(b)
		b = b[:min(n, cap(b))]
		if _, err := io.ReadFull(r, b[had:]); err != nil {
			return nil, err
		}
	}
	return b, nil
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
	size    int    // as it claims
	bytes   []byte // only the first ones if it is too large
}

// ApiKey makes an answer a protocol.Message.
func (a *answer) ApiKey() protocol.ApiKey { return protocol.Fetch }

// fetched is what an answer says about the partition.
type fetched struct {
	highWatermark, logStart int64
	stable                  int64 // the last stable offset: records from there on belong to open transactions or follow them
	aborted                 aborted
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
	if f.stable = c.int64(); f.stable < 0 || f.stable > f.highWatermark {
		f.stable = f.highWatermark // a broker without transactions
	}
	if a.version >= 5 {
		f.logStart = c.int64()
	}
	f.aborted = readAborted(&c)
	if a.version >= 11 {
		c.int32() // preferred replica
	}
	if n := int(c.int32()); n > len(c.b) && len(a.bytes) < a.size {
		f.records = c.b // only a part was read
	} else {
		f.records = c.skip(n)
	}
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
