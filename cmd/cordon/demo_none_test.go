//go:build nodemo

package main

import "testing"

func TestDemo_aBuildWithoutItSaysWhereThereIsOne(t *testing.T) {
	s := newShell(t)
	for _, args := range [][]string{{"demo"}, {"demo", "--duration", "5s"}} {
		_, errs := s.run(exitFailed, args...)
		s.wants(errs, "this build has no demo", "make demo")
	}
	out, _ := s.run(exitDone, "demo", "--help")
	s.wants(out, "cordon demo")
}
