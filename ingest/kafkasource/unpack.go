package kafkasource

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/segmentio/kafka-go/compress"
)

const (
	mostGuessed = 8 << 20  // bytes unpacked before the rest of a batch is counted
	blockSize   = 1 << 20  // bytes: the least that is allocated to unpack into
	mostIdle    = 100      // reads in a row without a byte
	snappyRatio = 22       // upper bound of the bytes that one byte of snappy expands to: a copy of 64 bytes takes 3
	scratchSize = 32 << 10 // bytes
)

// errLarge is returned for a batch that unpacks to more than the limit.
var errLarge = errors.New("the record batch unpacks to more than is read")

// unpacker unpacks batches into memory that it reuses. It allocates a size that a batch claims only if the size is within
// the limit and the packed bytes can expand to it.
type unpacker struct {
	block   []byte   // its free part is between its length and its capacity
	full    [][]byte // earlier blocks, in use
	free    [][]byte // blocks to reuse
	scratch []byte
	stream  *zstd.Decoder // for frames without a size
	whole   *zstd.Decoder // for frames with a size
}

// reset releases what was unpacked, which must no longer be in use. It keeps memory up to mostGuessed.
func (u *unpacker) reset() {
	if u.block != nil {
		u.full = append(u.full, u.block)
	}
	all, kept := append(u.full, u.free...), 0
	u.free = u.free[:0]
	for _, b := range all {
		if kept+cap(b) <= mostGuessed {
			kept += cap(b)
			u.free = append(u.free, b[:0])
		}
	}
	clear(all)
	u.block, u.full = nil, all[:0]
}

// unpack returns the records of a batch without their compression, or errLarge if they have more than limit bytes.
func (u *unpacker) unpack(packed []byte, by compress.Compression, limit int) ([]byte, error) {
	var plain []byte
	var err error
	switch by {
	case compress.None:
		if len(packed) > limit {
			return nil, errLarge
		}
		return packed, nil
	case compress.Snappy:
		plain, err = u.snappy(packed, limit)
	case compress.Zstd:
		plain, err = u.zstd(packed, limit)
	case compress.Gzip, compress.Lz4:
		plain, err = u.read(func() io.ReadCloser { return by.Codec().NewReader(bytes.NewReader(packed)) }, len(packed), limit)
	default:
		return nil, errCodec
	}
	if err != nil && !errors.Is(err, errLarge) {
		err = fmt.Errorf("%w: %w", errDamaged, err)
	}
	return plain, err
}

// room returns an empty slice with room for n bytes at least.
func (u *unpacker) room(n int) []byte {
	if cap(u.block)-len(u.block) < n {
		if len(u.block) > 0 {
			u.full = append(u.full, u.block)
		} else if u.block != nil {
			u.free = append(u.free, u.block)
		}
		if i := slices.IndexFunc(u.free, func(b []byte) bool { return cap(b) >= n }); i >= 0 {
			u.block = u.free[i]
			u.free = slices.Delete(u.free, i, i+1)
		} else {
			u.block = make([]byte, 0, max(n, blockSize))
		}
	}
	return u.block[len(u.block):]
}

// keep marks what was written to the slice that room returned last as in use.
func (u *unpacker) keep(plain []byte) []byte {
	u.block = u.block[:len(u.block)+len(plain)]
	return plain[:len(plain):len(plain)]
}

// read unpacks a stream, which open starts from the beginning. It unpacks up to mostGuessed bytes directly. It counts the
// rest before it unpacks it, so that no memory is allocated for a batch that exceeds the limit.
func (u *unpacker) read(open func() io.ReadCloser, packed, limit int) ([]byte, error) {
	r := open()
	defer func() { r.Close() }()
	plain := u.room(min(4*packed+512, limit+1, mostGuessed))
	idle := 0
	for {
		if len(plain) == cap(plain) {
			if len(plain) > limit {
				return nil, errLarge
			}
			if len(plain) >= mostGuessed {
				break
			}
			plain = append(u.room(min(2*len(plain), mostGuessed)), plain...)
		}
		n, err := r.Read(plain[len(plain):cap(plain)])
		plain = plain[:len(plain)+n]
		switch {
		case len(plain) > limit:
			return nil, errLarge
		case errors.Is(err, io.EOF):
			return u.keep(plain), nil
		case err != nil:
			return nil, err
		}
		if idle++; n > 0 {
			idle = 0
		} else if idle > mostIdle {
			return nil, io.ErrNoProgress
		}
	}
	more, err := u.count(r, limit-len(plain))
	if err != nil {
		return nil, err
	}
	r.Close()
	r = open()
	plain = u.room(len(plain) + more)[:len(plain)+more]
	if _, err := io.ReadFull(r, plain); err != nil {
		return nil, err
	}
	return u.keep(plain), nil
}

// count returns how many bytes are left to read, or errLarge if there are more than most.
func (u *unpacker) count(r io.Reader, most int) (int, error) {
	if u.scratch == nil {
		u.scratch = make([]byte, scratchSize)
	}
	for total, idle := 0, 0; ; {
		n, err := r.Read(u.scratch)
		switch total += n; {
		case total > most:
			return 0, errLarge
		case errors.Is(err, io.EOF):
			return total, nil
		case err != nil:
			return 0, err
		}
		if idle++; n > 0 {
			idle = 0
		} else if idle > mostIdle {
			return 0, io.ErrNoProgress
		}
	}
}

// The frame of snappy that Java's producers write: a magic with versions, then blocks with their length before them.
var xerialMagic = []byte{130, 83, 78, 65, 80, 80, 89, 0}

const xerialHead = 16

// snappy unpacks blocks of snappy, in a frame or a single one. Before it allocates, it compares the claimed sizes with the
// limit and with what the packed bytes can expand to.
func (u *unpacker) snappy(packed []byte, limit int) ([]byte, error) {
	total := 0
	err := eachSnappy(packed, func(block []byte) error {
		n, err := snappy.DecodedLen(block)
		switch {
		case err != nil:
			return err
		case n > snappyRatio*len(block):
			return snappy.ErrCorrupt
		}
		if total += n; total > limit {
			return errLarge
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	plain := u.room(total)
	err = eachSnappy(packed, func(block []byte) error {
		part, err := snappy.Decode(plain[len(plain):cap(plain)], block)
		plain = plain[:len(plain)+len(part)]
		return err
	})
	if err != nil {
		return nil, err
	}
	return u.keep(plain), nil
}

func eachSnappy(packed []byte, do func(block []byte) error) error {
	if len(packed) < xerialHead || !bytes.HasPrefix(packed, xerialMagic) {
		return do(packed)
	}
	for c := (cursor{b: packed[xerialHead:]}); len(c.b) > 0; {
		n := c.int32()
		block := c.skip(int(n))
		if c.bad || n < 1 {
			return snappy.ErrCorrupt
		}
		if err := do(block); err != nil {
			return err
		}
	}
	return nil
}
