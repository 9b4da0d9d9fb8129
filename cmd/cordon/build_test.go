package main

import (
	"os/exec"
	"strings"
	"testing"
)

func TestBuild_forProductionCarriesNoEmbeddedServer(t *testing.T) {
	embedded := []string{"github.com/alicebob/miniredis", "github.com/yuin/gopher-lua", "github.com/twmb/franz-go/pkg/kfake"}
	for tag, want := range map[string]bool{"": true, "nodemo": false} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", tag, ".").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, module := range embedded {
			if got := strings.Contains(string(out), module); got != want {
				t.Errorf("built with the tag %q it carries %s: %t, want %t", tag, module, got, want)
			}
		}
	}
}
