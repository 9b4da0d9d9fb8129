//go:build unix

package local

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock waits for the file's lock. The kernel lets go of it when its holder ends, however it ends.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("local: lock: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("local: lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}
