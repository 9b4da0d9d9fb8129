package main

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// clock tells how long this goroutine has been at work: by the processor time of its thread, so that what other
// programs on the machine take is not counted. Call release when done.
func clock() (now func() time.Duration, release func()) {
	runtime.LockOSThread()
	return func() time.Duration {
		var t unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
			panic(err) // there is no other reason than a wrong argument
		}
		return time.Duration(t.Nano())
	}, runtime.UnlockOSThread
}
