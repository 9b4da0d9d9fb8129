package deploy

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestImage_isBuiltWithoutTheDemoByTheGoOfTheModule(t *testing.T) {
	docker := read(t, "Dockerfile")
	toolchain := regexp.MustCompile(`(?m)^toolchain go(\S+)$`).FindStringSubmatch(read(t, "../go.mod"))
	if toolchain == nil || !strings.Contains(docker, "FROM golang:"+toolchain[1]+" AS build") {
		t.Errorf("the image is not built by the toolchain %v of go.mod", toolchain)
	}
	if !strings.Contains(docker, "-tags nodemo") {
		t.Error("the image carries the embedded broker and store")
	}
}

func TestCompose_letsPrometheusReachTheProcessor(t *testing.T) {
	if !strings.Contains(read(t, "compose.yaml"), `CORDON_LISTEN: ":9464"`) {
		t.Error("the processor listens on its container's loopback interface only")
	}
}
