package geofence

import (
	"fmt"
	"strings"
)

// Problem says what is wrong with one feature or register line, and what to do about it. It never holds a zone's name.
type Problem struct {
	Feature string // the id, or its place in the file: "#3", "line 7"
	Reason  string
	Remedy  string
}

func (p Problem) String() string {
	text := p.Reason
	if p.Feature != "" {
		text = p.Feature + ": " + text
	}
	if p.Remedy != "" {
		text += " (" + p.Remedy + ")"
	}
	return text
}

// Notice tells of something that was put right in a feature without refusing it.
type Notice struct {
	Feature string
	Text    string
}

func (n Notice) String() string { return n.Feature + ": " + n.Text }

// Invalid is the error of a document that breaks the rules, with every problem that was found.
type Invalid struct {
	Problems []Problem
}

// spoken is how many problems an error message spells out.
const spoken = 3

// Error is one line: the first problems and how many more there are.
func (e *Invalid) Error() string {
	var parts []string
	for _, p := range e.Problems[:min(spoken, len(e.Problems))] {
		parts = append(parts, p.String())
	}
	text := "invalid: " + strings.Join(parts, "; ")
	if more := len(e.Problems) - spoken; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// findings collects what is wrong with a document while it is read to the end.
type findings struct {
	problems []Problem
	notices  []Notice
	stored   bool // the document was accepted by an import: limits on its size are not applied
}

// at returns a place to report findings about one feature.
func (f *findings) at(feature string) *place { return &place{findings: f, feature: feature} }

// err returns an *Invalid, or nil when there is nothing wrong.
func (f *findings) err() error {
	if len(f.problems) == 0 {
		return nil
	}
	return &Invalid{Problems: f.problems}
}

type place struct {
	*findings
	feature string
}

func (p *place) refuse(remedy, format string, args ...any) {
	p.problems = append(p.problems, Problem{Feature: p.feature, Reason: fmt.Sprintf(format, args...), Remedy: remedy})
}

func (p *place) notice(format string, args ...any) {
	p.notices = append(p.notices, Notice{Feature: p.feature, Text: fmt.Sprintf(format, args...)})
}
