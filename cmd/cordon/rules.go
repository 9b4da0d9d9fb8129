package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

type rulesCmd struct {
	Show     rulesShowCmd     `cmd:"" help:"Show a rule set: its parameters with their units, and what they mean."`
	Validate rulesValidateCmd `cmd:"" help:"Check a file of decision parameters."`
}

// ruleSet is a set of decision parameters, as a file holds them. Plain has none that could be chosen otherwise: its
// counts are what it is.
type ruleSet struct {
	Name       string `json:"name"`
	Revision   int    `json:"revision"`
	OpenFixes  int    `json:"open_fixes"`
	CloseFixes int    `json:"close_fixes"`
}

var plainRules = ruleSet{Name: "plain", Revision: 1, OpenFixes: 1, CloseFixes: 1}

func (r ruleSet) id() string { return fmt.Sprintf("%s@%d", r.Name, r.Revision) }

type rulesShowCmd struct {
	Name   string `arg:"" optional:"" default:"plain" help:"A built-in rule set: plain."`
	Format string `help:"How to write it; json can be given to validate." enum:"table,json" default:"table"`
}

// Run prints the rule set.
func (c *rulesShowCmd) Run(std streams) error {
	if c.Name != plainRules.Name {
		return usagef("rules show %s: the only rule set there is so far is plain", c.Name)
	}
	if c.Format == "json" {
		e := json.NewEncoder(std.out)
		e.SetIndent("", "  ")
		return e.Encode(plainRules)
	}
	return printTable(std, [][]string{
		{"PARAMETER", "VALUE", "UNIT", "MEANING"},
		{"revision", plainRules.id(), "-", "rule_revision of its alerts"},
		{"open_fixes", fmt.Sprint(plainRules.OpenFixes), "fixes", "in breach, of whatever source: this many open a breach"},
		{"close_fixes", fmt.Sprint(plainRules.CloseFixes), "fixes", "not in breach: this many in a row end it"},
	})
}

type rulesValidateCmd struct {
	File string `arg:"" help:"JSON of the shape that rules show --format json writes; - for standard input."`
}

// Run checks the file.
func (c *rulesValidateCmd) Run(std streams) error {
	data, err := readInput(std, c.File)
	if err != nil {
		return err
	}
	rules, err := parseRules(data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	fmt.Fprintf(std.out, "%s: valid, %s\n", c.File, rules.id())
	return nil
}

// parseRules reads a rule set and refuses names it does not know: one misspelt would leave a parameter as it was.
func parseRules(data []byte) (ruleSet, error) {
	var r ruleSet
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("not a rule set: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return r, errors.New("something follows the rule set: a file holds one")
	}
	if r != plainRules {
		return r, fmt.Errorf("the only rule set there is so far is %s with open_fixes %d and close_fixes %d: see `cordon rules show --format json`",
			plainRules.id(), plainRules.OpenFixes, plainRules.CloseFixes)
	}
	return r, nil
}
