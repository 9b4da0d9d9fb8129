package kafkasource

import (
	"bytes"
	"errors"
	"io"
	"math/bits"
	"slices"

	"github.com/klauspost/compress/zstd"
)

const (
	mostWindow = 8 << 20   // bytes of a window that is allocated for any content; RFC 8878 recommends that all decoders support it
	zstdBlock  = 128 << 10 // greatest size of an unpacked block, in bytes
	zstdSlack  = 64        // bytes that the decoder may write past the end
	atWindow   = 5         // of a frame: the window descriptor, unless the frame is a single segment
)

var errFrame = errors.New("the zstd frames cannot be read")

// zstdFrame describes a frame by its header and the headers of its blocks.
type zstdFrame struct {
	zstd.Header
	start int
	bound int // upper bound of the bytes of its blocks
}

// zstdFrames reads the headers of all frames. Nothing is unpacked.
func zstdFrames(packed []byte) ([]zstdFrame, error) {
	var frames []zstdFrame
	for rest := packed; len(rest) > 0; {
		f := zstdFrame{start: len(packed) - len(rest)}
		after, err := f.DecodeAndStrip(rest)
		if err != nil {
			return nil, errFrame
		}
		if f.Skippable {
			if int64(f.SkippableSize) > int64(len(after)) {
				return nil, errFrame
			}
			rest = after[f.SkippableSize:]
			continue
		}
		if rest, err = f.blocks(rest[f.HeaderSize:]); err != nil {
			return nil, err
		}
		frames = append(frames, f)
	}
	return frames, nil
}

// blocks reads the headers of the frame's blocks and skips their content. A block has a header of three bytes: whether it is
// the last, its type and its size.
func (f *zstdFrame) blocks(b []byte) ([]byte, error) {
	for {
		if len(b) < 3 {
			return nil, errFrame
		}
		head := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
		last, kind, size := head&1 != 0, head>>1&3, int(head>>3)
		switch kind {
		case 0: // not compressed
			f.bound += size
		case 1: // one byte, repeated
			f.bound += size
			size = 1
		default:
			f.bound += zstdBlock
		}
		if b = b[3:]; size > len(b) {
			return nil, errFrame
		}
		if b = b[size:]; last {
			break
		}
	}
	if !f.HasCheckSum {
		return b, nil
	}
	if len(b) < 4 {
		return nil, errFrame
	}
	return b[4:], nil
}

// zstd unpacks frames of zstd. If all frames say their size, and can expand to it, they are unpacked in one piece. Otherwise
// they are unpacked as a stream, with a window no larger than the content can use.
func (u *unpacker) zstd(packed []byte, limit int) ([]byte, error) {
	frames, err := zstdFrames(packed)
	if err != nil {
		return nil, err
	}
	total, sized := uint64(0), true
	for i := range frames {
		f := &frames[i]
		if !f.HasFCS {
			sized = false
			continue
		}
		if f.FrameContentSize > uint64(limit) {
			return nil, errLarge
		}
		if f.FrameContentSize > uint64(f.bound) {
			return nil, errFrame
		}
		total += f.FrameContentSize
	}
	switch {
	case total > uint64(limit):
		return nil, errLarge
	case sized:
		return u.zstdWhole(packed, int(total))
	}
	return u.zstdStream(packed, frames, limit)
}

// zstdWhole unpacks frames with the given total size.
func (u *unpacker) zstdWhole(packed []byte, total int) ([]byte, error) {
	if u.whole == nil {
		var err error
		if u.whole, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)); err != nil {
			return nil, err
		}
	}
	plain, err := u.whole.DecodeAll(packed, u.room(total + zstdSlack)[:0:total+zstdSlack])
	if err != nil {
		return nil, err
	}
	return u.keep(plain), nil
}

// zstdStream unpacks frames as a stream. A stream allocates the window that a frame asks for. Producers with a high level of
// compression ask for 128 MiB whatever they send. A window larger than the unpacked content is never used, so the frame's
// window is reduced to that.
func (u *unpacker) zstdStream(packed []byte, frames []zstdFrame, limit int) ([]byte, error) {
	large, own := false, false
	for i := range frames {
		f := &frames[i]
		if f.SingleSegment || f.WindowSize <= mostWindow {
			large = large || f.FrameContentSize > mostWindow
			continue
		}
		if window := max(mostWindow, min(f.bound, limit)); f.WindowSize > uint64(window) {
			if !own {
				packed, own = slices.Clone(packed), true
			}
			packed[f.start+atWindow] = windowDescriptor(window)
		}
		large = true
	}
	if u.stream == nil {
		var err error
		if u.stream, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(mostPlain), zstd.WithDecoderMaxMemory(mostPlain)); err != nil {
			return nil, err
		}
	}
	if large {
		defer func() { u.stream = nil }() // releases its window
	}
	return u.read(func() io.ReadCloser { return zstdReader{u.stream, u.stream.Reset(stream{bytes.NewReader(packed)})} }, len(packed), limit)
}

// windowDescriptor returns the byte for the smallest power-of-two window with at least size bytes.
func windowDescriptor(size int) byte { return byte(bits.Len(uint(size-1))-10) << 3 }

// stream hides that its bytes are in memory: otherwise the decoder would unpack them in one piece.
type stream struct{ io.Reader }

// zstdReader does not close the decoder when it is closed.
type zstdReader struct {
	decoder *zstd.Decoder
	err     error
}

func (r zstdReader) Read(b []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	return r.decoder.Read(b)
}

func (r zstdReader) Close() error { return r.decoder.Reset(nil) }
