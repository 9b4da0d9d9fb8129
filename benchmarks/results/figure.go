package results

import (
	"errors"
	"math"
)

// Which way a figure is better.
const (
	Lower  = "lower"
	Higher = "higher"
)

// Figure is one measured number.
type Figure struct {
	Name       string            `json:"name"`             // ends in its unit where it has one
	Labels     map[string]string `json:"labels,omitempty"` // rule, scenario, stratum, rival
	Value      float64           `json:"value"`
	Stderr     *float64          `json:"stderr,omitempty"` // standard error of Value
	N          int               `json:"n,omitempty"`      // observations behind Value
	Unit       string            `json:"unit,omitempty"`
	Better     string            `json:"better,omitempty"`
	RivalValue *float64          `json:"rival_value,omitempty"` // the rival's number, measured in the same run
	Ratio      *float64          `json:"ratio,omitempty"`       // Value / RivalValue
	Target     *float64          `json:"target,omitempty"`
	Reached    *bool             `json:"reached,omitempty"`
}

// Of is the mean of samples, with its standard error where there are two or more.
func Of(name, unit string, samples ...float64) Figure {
	f := Figure{Name: name, Unit: unit, N: len(samples)}
	n := float64(len(samples))
	if n == 0 {
		f.Value = math.NaN() // refused when the file is written
		return f
	}
	for _, s := range samples {
		f.Value += s / n
	}
	if n < 2 {
		return f
	}
	var squares float64
	for _, s := range samples {
		squares += (s - f.Value) * (s - f.Value)
	}
	f.Stderr = new(math.Sqrt(squares / (n - 1) / n))
	return f
}

// With adds a label.
func (f Figure) With(label, value string) Figure {
	labels := map[string]string{label: value}
	for k, v := range f.Labels {
		labels[k] = v
	}
	f.Labels = labels
	return f
}

// Against adds what the rival reached in the same run.
func (f Figure) Against(rival float64) Figure {
	f.RivalValue = new(rival)
	if rival != 0 {
		f.Ratio = new(f.Value / rival)
	}
	return f
}

// Aim says which way is better and what was to be reached, and whether it was.
func (f Figure) Aim(better string, target float64) Figure {
	f.Better, f.Target = better, new(target)
	f.Reached = new(f.Value >= target)
	if better == Lower {
		f.Reached = new(f.Value <= target)
	}
	return f
}

func (f Figure) validate() error {
	switch {
	case f.Name == "":
		return errors.New("it has no name")
	case f.Better != "" && f.Better != Lower && f.Better != Higher:
		return errors.New("better is neither lower nor higher")
	case f.N < 0:
		return errors.New("n is negative")
	case f.Reached != nil && f.Target == nil:
		return errors.New("reached without a target")
	}
	for _, v := range []*float64{&f.Value, f.Stderr, f.RivalValue, f.Ratio, f.Target} {
		if v != nil && !finite(*v) {
			return errors.New("it is not a finite number: nothing was measured")
		}
	}
	return nil
}
