package ingest

import (
	"errors"
	"math"
	"time"
)

// DecoderOptions is what a Decoder takes for granted.
type DecoderOptions struct {
	MaxAge    time.Duration // a fix more than this before its appended time is too_old
	MaxFuture time.Duration // a fix more than this after its appended time is future

	Accuracy      [4]float64 // metres assumed where a ping says nothing, by Source
	AccuracyLevel float64    // chance assumed that the circle holds the truth, where a ping says nothing
}

// DefaultDecoderOptions returns the defaults of `cordon process`.
func DefaultDecoderOptions() DecoderOptions {
	return DecoderOptions{
		MaxAge:        72 * time.Hour,
		MaxFuture:     2 * time.Minute,
		Accuracy:      [4]float64{GNSS: 15, WiFi: 50, Cell: 1000, Beacon: 10},
		AccuracyLevel: 0.95,
	}
}

// Validate says what is wrong with the options.
func (o DecoderOptions) Validate() error {
	if o.MaxAge <= 0 {
		return errors.New("ingest: the greatest age of a fix must be above zero")
	}
	if o.MaxFuture < 0 {
		return errors.New("ingest: the time a fix may lie in the future must not be negative")
	}
	for s, m := range o.Accuracy {
		if !(m > 0) || math.IsInf(m, 1) {
			return errors.New("ingest: the assumed accuracy of " + Source(s).String() + " must be a number of metres above zero")
		}
	}
	if !(o.AccuracyLevel > 0 && o.AccuracyLevel < 1) {
		return errors.New("ingest: the assumed accuracy level must lie between 0 and 1, both excluded")
	}
	return nil
}
