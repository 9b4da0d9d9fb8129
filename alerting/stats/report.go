package stats

import (
	"strconv"

	"cordon/alerting"
)

// Count is a number of episodes or alerts, which suppression can hide.
type Count struct {
	N      int
	Hidden bool
}

// MarshalJSON writes the number, or null when it is hidden.
func (c Count) MarshalJSON() ([]byte, error) {
	if c.Hidden {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(c.N), 10), nil
}

// String writes the number, or * when it is hidden.
func (c Count) String() string {
	if c.Hidden {
		return "*"
	}
	return strconv.Itoa(c.N)
}

// Row is the figures of one bucket. Those that do not apply are nil.
type Row struct {
	Bucket        string   `json:"bucket"`
	Alerts        *Count   `json:"alerts,omitempty"` // of the table by kind only: decided live
	Breaches      *Count   `json:"breaches,omitempty"`
	Open          *Count   `json:"open,omitempty"`   // of the breaches
	Closed        *Count   `json:"closed,omitempty"` // of the breaches; n of the quartiles
	DwellQ1S      *float64 `json:"dwell_q1_s,omitempty"`
	DwellMedianS  *float64 `json:"dwell_median_s,omitempty"`
	DwellQ3S      *float64 `json:"dwell_q3_s,omitempty"`
	Suspicions    *Count   `json:"suspicions,omitempty"`
	Retrospective *Count   `json:"retrospective,omitempty"`
	RateN         *Count   `json:"rate_n,omitempty"` // breaches of registered activations
	TagDays       *float64 `json:"tag_days,omitempty"`
	Rate          *float64 `json:"rate_per_1000_tag_days,omitempty"`
}

// Table has a row for each bucket of one dimension.
type Table struct {
	By   Dimension `json:"by"`
	Rows []*Row    `json:"rows"`
}

// Read is the part of one partition that was read: offsets [Start, End), and the record times met.
type Read struct {
	Partition int            `json:"partition"`
	Start     int64          `json:"start"`
	End       int64          `json:"end"`
	First     *alerting.Time `json:"first_time,omitempty"`
	Last      *alerting.Time `json:"last_time,omitempty"`
}

// Report is everything that is said; doc.go describes its JSON.
type Report struct {
	From          *alerting.Time `json:"from,omitempty"`
	To            *alerting.Time `json:"to,omitempty"`
	Until         alerting.Time  `json:"until"`
	Timezone      string         `json:"timezone"`
	Suppress      int            `json:"suppress"`
	Read          []Read         `json:"read"`
	RuleRevisions []string       `json:"rule_revisions"`
	TagDaysFrom   *alerting.Time `json:"tag_days_from,omitempty"`
	TagDaysTo     *alerting.Time `json:"tag_days_to,omitempty"`
	NoRates       string         `json:"no_rates,omitempty"`
	Total         *Row           `json:"total"`
	Tables        []*Table       `json:"tables"`
	Notes         []string       `json:"notes"`
}
