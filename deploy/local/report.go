package local

import (
	"errors"
	"fmt"
	"os"
)

// reportVariable names the file that is told which servers were real.
const reportVariable = "CORDON_SERVERS_REPORT"

// report appends one server to that file, if there is one; several processes write to it at once. Without a version the
// server is an embedded one.
func report(server, version string) error {
	path := os.Getenv(reportVariable)
	if path == "" {
		return nil
	}
	kind := "embedded"
	if version != "" {
		kind = "real " + version
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("local: %s: %w", reportVariable, err)
	}
	_, err = f.WriteString(server + " " + kind + "\n")
	return errors.Join(err, f.Close())
}
