package main

import (
	"fmt"
	"io"
	"log/slog"

	"cordon/alerting/display"
)

// sayf writes one line. Text that it quotes from a file, a topic or the store is escaped for the terminal.
func sayf(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, display.Line(fmt.Sprintf(format, args...)))
}

// harmlessAttr escapes the text that a log line quotes, as sayf does. slog itself lets through some invisible characters.
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
