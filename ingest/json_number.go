package ingest

import (
	"math"
	"strconv"
)

// mostDigits is how many decimal digits always fit into 64 bits.
const mostDigits = 19

// scanNumber reads the number that begins at b[i], as RFC 8259 §6 writes it.
func (v *value) scanNumber(b []byte, i int) (int, fault) {
	*v = value{kind: isNumber, marks: whole, start: uint16(i)}
	if b[i] == '-' {
		v.marks |= negative
		i++
	}
	first := i
	i = v.scanDigits(b, i)
	if i == first || b[first] == '0' && i > first+1 {
		return first, badNumber
	}
	digits := i - first
	if i < len(b) && b[i] == '.' {
		v.marks &^= whole
		point := i + 1
		if i = v.scanDigits(b, point); i == point {
			return i, badNumber
		}
		digits += i - point
		v.exp = int16(point - i)
	}
	if digits > mostDigits {
		v.marks |= inexact // leading zeros count too: it costs time only
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		var f fault
		if i, f = v.scanExponent(b, i+1); f != sound {
			return i, f
		}
	}
	v.end = uint16(i)
	return i, sound
}

// scanDigits reads digits into bits; those beyond 64 bits spoil it, which inexact tells.
func (v *value) scanDigits(b []byte, i int) int {
	n := v.bits
	for i < len(b) && isDigit(b[i]) {
		n = n*10 + uint64(b[i]-'0')
		i++
	}
	v.bits = n
	return i
}

func (v *value) scanExponent(b []byte, i int) (int, fault) {
	v.marks &^= whole
	minus := false
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		minus = b[i] == '-'
		i++
	}
	first, e := i, 0
	for i < len(b) && isDigit(b[i]) {
		e = min(e*10+int(b[i]-'0'), 9999)
		i++
	}
	if i == first {
		return i, badNumber
	}
	if minus {
		e = -e
	}
	if e += int(v.exp); e < -22 || e > 22 {
		v.marks |= inexact
	}
	v.exp = int16(max(min(e, 9999), -9999))
	return i, sound
}

// powers are the powers of ten that a float64 holds exactly.
var powers = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// float returns the float64 nearest to a number; beyond its range an infinity. One multiplication or division of two
// exactly held factors is correctly rounded (Clinger, "How to read floating point numbers accurately", 1990); what does
// not come down to that is left to strconv.
func (v *value) float(b []byte) float64 {
	if v.marks&inexact != 0 || v.bits >= 1<<53 || v.exp < -22 || v.exp > 22 {
		f, _ := strconv.ParseFloat(string(b[v.start:v.end]), 64) // its only error is out of range: ±Inf, as wanted
		return f
	}
	f := float64(v.bits)
	if v.exp < 0 {
		f /= powers[-v.exp]
	} else {
		f *= powers[v.exp]
	}
	if v.marks&negative != 0 {
		return -f
	}
	return f
}

// unsigned returns a number written as an unsigned integer of 64 bits.
func (v *value) unsigned(b []byte) (uint64, bool) {
	if v.marks&whole == 0 || v.marks&negative != 0 {
		return 0, false
	}
	if v.marks&inexact == 0 {
		return v.bits, true
	}
	var n uint64
	for _, c := range b[v.start:v.end] {
		d := uint64(c - '0')
		if n > (math.MaxUint64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}
