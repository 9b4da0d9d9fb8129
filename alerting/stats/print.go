package stats

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"cordon/alerting/display"
)

// WriteTable writes the report for a reader.
func (r *Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "Breaches opened %s; buckets by %s time; rules %s\n", r.period(), r.Timezone, orNone(display.Line(strings.Join(r.RuleRevisions, ", "))))
	for _, p := range r.Read {
		fmt.Fprintf(t, "Read %s\n", p)
	}
	if r.TagDaysFrom != nil {
		fmt.Fprintf(t, "Tag-days of the register from %s to %s\n", r.TagDaysFrom, r.TagDaysTo)
	}
	fmt.Fprintln(t)
	heading(t, "TOTAL")
	r.Total.write(t)
	for _, table := range r.Tables {
		fmt.Fprintln(t)
		if table.By == ByKind {
			fmt.Fprintln(t, "KIND\tALERTS\tRETROSPECTIVE")
			for _, row := range table.Rows {
				fmt.Fprintf(t, "%s\t%s\t%s\n", bucket(row.Bucket), row.Alerts, row.Retrospective)
			}
			continue
		}
		heading(t, strings.ToUpper(string(table.By)))
		for _, row := range table.Rows {
			row.write(t)
		}
	}
	fmt.Fprintln(t)
	for _, n := range r.Notes {
		fmt.Fprintln(t, display.Line(n))
	}
	return t.Flush()
}

func heading(w io.Writer, first string) {
	fmt.Fprintln(w, first+"\tBREACHES\tOPEN\tENDED\tDWELL Q1\tMEDIAN\tQ3\tSUSPICIONS\tRETROSPECTIVE\tn/N TAG-DAYS\tPER 1,000")
}

func (r *Row) write(w io.Writer) {
	share, rate := "-", "-"
	if r.RateN != nil && r.TagDays != nil {
		share = fmt.Sprintf("%s/%.1f", r.RateN, *r.TagDays)
	}
	if r.Rate != nil {
		rate = fmt.Sprintf("%.2f", *r.Rate)
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", bucket(r.Bucket), r.Breaches, r.Open, r.Closed,
		dwell(r.DwellQ1S), dwell(r.DwellMedianS), dwell(r.DwellQ3S), r.Suspicions, r.Retrospective, share, rate)
}

func dwell(s *float64) string {
	if s == nil {
		return "-"
	}
	return (time.Duration(math.Round(*s)) * time.Second).String()
}

func (r *Report) period() string {
	switch {
	case r.From == nil && r.To == nil:
		return "at any time"
	case r.To == nil:
		return "from " + r.From.String() + " on"
	case r.From == nil:
		return "before " + r.To.String()
	}
	return "from " + r.From.String() + " to before " + r.To.String()
}

// String says what was read.
func (p Read) String() string {
	s := fmt.Sprintf("partition %d: offsets %d to before %d", p.Partition, p.Start, p.End)
	if p.First == nil || p.Last == nil {
		return s + ", nothing there"
	}
	return s + fmt.Sprintf(", %s to %s", p.First, p.Last)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// bucket is the name of a bucket; an empty one shows as such.
func bucket(name string) string {
	if name == "" {
		return `""`
	}
	return display.Cell(name)
}

var csvHeading = []string{"by", "bucket", "alerts", "breaches", "open", "closed", "dwell_q1_s", "dwell_median_s", "dwell_q3_s",
	"suspicions", "retrospective", "rate_n", "tag_days", "rate_per_1000_tag_days"}

// WriteCSV writes the report as one table. A bucket that a spreadsheet would read as a formula has an apostrophe before it.
// An empty cell does not apply, * is suppressed. The range that was read, the rule revisions and the notes are rows of their
// own (by = range, read, rules, note) with the text in bucket, so that a file says where it comes from.
func (r *Report) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	write := func(by string, row *Row) {
		cells := []string{by, display.CSV(row.Bucket), row.Alerts.cell(), row.Breaches.cell(), row.Open.cell(), row.Closed.cell(), number(row.DwellQ1S),
			number(row.DwellMedianS), number(row.DwellQ3S), row.Suspicions.cell(), row.Retrospective.cell(), row.RateN.cell(),
			number(row.TagDays), number(row.Rate)}
		_ = c.Write(cells) // the writer keeps its error
	}
	_ = c.Write(csvHeading)
	write("total", r.Total)
	for _, t := range r.Tables {
		for _, row := range t.Rows {
			write(string(t.By), row)
		}
	}
	write("range", &Row{Bucket: "opened " + r.period() + ", time zone " + r.Timezone})
	for _, p := range r.Read {
		write("read", &Row{Bucket: p.String()})
	}
	for _, revision := range r.RuleRevisions {
		write("rules", &Row{Bucket: revision})
	}
	for _, n := range r.Notes {
		write("note", &Row{Bucket: n})
	}
	c.Flush()
	return c.Error()
}

func (c *Count) cell() string {
	if c == nil {
		return ""
	}
	return c.String()
}

func number(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}
