package local

import "syscall"

// childAttributes: a child ends with us, and a terminal's Ctrl-C, which goes to the whole process group, does not reach
// it: we stop it in order.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
