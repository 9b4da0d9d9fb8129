//go:build !linux

package local

import "syscall"

// childAttributes: elsewhere a child outlives a parent that is killed; orderly ends stop it.
func childAttributes() *syscall.SysProcAttr { return nil }
