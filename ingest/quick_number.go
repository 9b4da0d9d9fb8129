package ingest

import "math/bits"

// zeros is eight digits 0.
const zeros = '0' * ones

// digits returns how many of the eight characters in x are digits, before the first that is none, and the number that
// they make. (Of no digits the number means nothing.)
func digits(x uint64) (n int, v uint64) {
	x ^= zeros // a digit becomes its value, anything else is above 9; a carry out of that marks only what comes behind it
	n = bits.TrailingZeros64((x+(0x80-10)*ones|x)&highs) >> 3
	// The digits go to the high end, with zeros before them; then neighbours join to pairs, to fours, to eight.
	x <<= uint(64-8*n) & 63
	x = x * (1 + 10<<8) >> 8 & 0x00ff00ff00ff00ff
	x = x * (1 + 100<<16) >> 16 & 0x0000ffff0000ffff
	return n, x * (1 + 10000<<32) >> 32
}

var tens = [9]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// quickDecimal reads a number of up to 7 digits before and 8 behind its point; any other as the other reader does.
func quickDecimal(b []byte, i int) (v float64, next int) {
	j, minus := i, b[i] == '-'
	if minus {
		j++
	}
	n, m := digits(eight(b, j))
	if n == 0 || n == 8 || n > 1 && b[j] == '0' {
		return anyDecimal(b, i)
	}
	if j += n; j >= len(b) {
		return 0, 0
	}
	if v = float64(m); b[j] == '.' {
		f, behind := digits(eight(b, j+1))
		m = m*tens[f] + behind // below 10^15: it fits, and so do the powers of ten that value.float divides by
		if j += 1 + f; f == 0 || j >= len(b) {
			return 0, 0
		}
		v = float64(m) / powers[f]
	}
	if c := b[j]; isDigit(c) || c|0x20 == 'e' {
		return anyDecimal(b, i)
	}
	if minus {
		v = -v
	}
	return v, j
}

func anyDecimal(b []byte, i int) (v float64, next int) {
	if b[i] != '-' && !isDigit(b[i]) {
		return 0, 0
	}
	var n value
	end, wrong := n.scanNumber(b, i)
	if wrong != sound {
		return 0, 0
	}
	return n.float(b), end
}

// quickWhole reads an unsigned integer of up to 16 digits. What makes it anything else, another digit, a point, stands
// where a comma should.
func quickWhole(b []byte, i int) (v uint64, next int) {
	n, v := digits(eight(b, i))
	if n == 0 || n > 1 && b[i] == '0' {
		return 0, 0
	}
	if i += n; n == 8 {
		if n, more := digits(eight(b, i)); n > 0 {
			return v*tens[n] + more, i + n
		}
	}
	return v, i
}
