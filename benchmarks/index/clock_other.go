//go:build !linux

package main

import "time"

// clock tells the time: the processor time of one thread is not to be had everywhere.
func clock() (now func() time.Duration, release func()) {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }, func() {}
}
