package ingest

// wireType is how the value of a protobuf field is laid out (protobuf.dev, "Encoding").
type wireType uint8

const (
	wireVarint wireType = 0
	wire64     wireType = 1
	wireBytes  wireType = 2
	wireStart  wireType = 3 // of a group
	wireEnd    wireType = 4
	wire32     wireType = 5

	maxFieldNumber = 1<<29 - 1
)

// wire is the wire type of a field's type.
func (t protoType) wire() wireType {
	switch t {
	case protoString:
		return wireBytes
	case protoDouble:
		return wire64
	case protoFloat:
		return wire32
	default:
		return wireVarint
	}
}

// varint reads a number of 7 bits a byte at b[i]; next is negative when it is cut short or longer than 64 bits.
func varint(b []byte, i int) (x uint64, next int) {
	for shift := uint(0); i < len(b) && shift < 64; shift += 7 {
		c := b[i]
		i++
		if c < 0x80 {
			if shift == 63 && c > 1 {
				return 0, -1
			}
			return x | uint64(c)<<shift, i
		}
		x |= uint64(c&0x7f) << shift
	}
	return 0, -1
}

// skipField returns where a field whose value begins at b[i] ends, or a negative number when it is not sound.
func skipField(b []byte, i int, number uint64, t wireType, depth int) int {
	switch t {
	case wireVarint:
		_, i = varint(b, i)
	case wire64:
		i += 8
	case wire32:
		i += 4
	case wireBytes:
		n, next := varint(b, i)
		if next < 0 || n > uint64(len(b)-next) {
			return -1
		}
		i = next + int(n)
	case wireStart:
		return skipGroup(b, i, number, depth+1)
	default:
		return -1
	}
	if i > len(b) {
		return -1
	}
	return i
}

// skipGroup reads over fields up to the end of the group that they are in.
func skipGroup(b []byte, i int, group uint64, depth int) int {
	if depth > maxDepth {
		return -1
	}
	for i < len(b) {
		tag, next := varint(b, i)
		number := tag >> 3
		switch {
		case next < 0 || number == 0 || number > maxFieldNumber:
			return -1
		case wireType(tag&7) == wireEnd:
			if number != group {
				return -1
			}
			return next
		}
		if i = skipField(b, next, number, wireType(tag&7), depth); i < 0 {
			return -1
		}
	}
	return -1
}
