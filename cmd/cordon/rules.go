package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"cordon/alerting"
	"cordon/alerting/display"
)

type rulesCmd struct {
	Show     rulesShowCmd     `cmd:"" help:"Show a rule set: its parameters with their units, and what they mean."`
	Validate rulesValidateCmd `cmd:"" help:"Check a file of decision parameters."`
}

// readRules returns a built-in rule set by its name, or the one in a file.
func readRules(nameOrFile string) (*alerting.Rules, error) {
	if rules, ok := alerting.NamedRules(nameOrFile); ok {
		return rules, nil
	}
	data, err := os.ReadFile(nameOrFile)
	if err != nil {
		return nil, fmt.Errorf("%w: give a file, or a built-in rule set: %s", err, strings.Join(alerting.BuiltInRules, ", "))
	}
	rules, err := alerting.ParseRules(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameOrFile, err)
	}
	return rules, nil
}

type rulesShowCmd struct {
	Rules  string `arg:"" optional:"" default:"default" help:"A built-in rule set, default or plain, or a file."`
	Format string `help:"How to write it; json can be changed and given to process --rules." enum:"table,json" default:"table"`
}

// Run prints the rule set.
func (c *rulesShowCmd) Run(std streams) error {
	rules, err := readRules(c.Rules)
	if err != nil {
		return usagef("rules show: %w", err)
	}
	if c.Format == "json" {
		b, err := rules.JSON()
		if err != nil {
			return err
		}
		_, err = std.out.Write(display.JSON(b))
		return err
	}
	table := [][]string{{"PROFILE", "PARAMETER", "VALUE", "UNIT", "MEANING"}, {"", "revision", rules.ID(), "", "rule_revision of its alerts"}}
	if from := rules.Probability.Source; from != "" {
		table = append(table, []string{"", "probability", "", "", from})
	}
	for _, p := range rules.Parameters() {
		table = append(table, []string{p.Profile, p.Name, strconv.FormatFloat(p.Value, 'f', -1, 64), p.Unit, p.Meaning})
	}
	return printTable(std, table)
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
	rules, err := alerting.ParseRules(data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	sayf(std.out, "%s: valid, %s", c.File, rules.ID())
	return nil
}
