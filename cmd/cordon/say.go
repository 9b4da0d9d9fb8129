package main

import (
	"fmt"
	"io"
	"log/slog"

	"cordon/alerting/display"
)

// sayf writes one line. What it quotes, from a file, a topic or the store, is made harmless to the terminal.
func sayf(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, display.Line(fmt.Sprintf(format, args...)))
}

// harmlessAttr makes what a log line quotes harmless, as sayf does. slog itself lets through what no terminal shows.
func harmlessAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(display.Line(a.Value.String()))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(display.Line(err.Error()))
		}
	}
	return a
}
