package plot

import (
	"math"
	"strconv"

	"cordon/benchmarks/results"
)

// Index draws what is to be seen of index.json: the plots by the names of their files. Without a figure there is no
// plot.
func Index(file results.File) map[string][]byte {
	plots := map[string][]byte{}
	for name, c := range map[string]chart{
		"index-zones.svg": {
			figure: "lookup_by_zones_ns", label: "zones",
			title: "One lookup against the number of zones", across: "zones for everyone, of 32 vertices", up: "time of a lookup",
		},
		"index-vertices.svg": {
			figure: "lookup_by_vertices_ns", label: "vertices",
			title: "One lookup against the size of a zone", across: "vertices of the only zone", up: "time of a lookup",
		},
	} {
		if c.read(file.Figures); len(c.lines) > 0 {
			plots[name] = c.draw()
		}
	}
	return plots
}

// chart is one plot. The line of the first name among its figures is Cordon's, and drawn boldest.
type chart struct {
	figure, label     string
	title, across, up string
	lines             []line
}

type line struct {
	name   string
	points []point
}

type point struct{ x, y float64 }

// read takes the points of the figure, whose place across is in the label and whose line is named by the label rival.
func (c *chart) read(figures []results.Figure) {
	at := map[string]int{}
	for _, f := range figures {
		x, err := strconv.ParseFloat(f.Labels[c.label], 64)
		if f.Name != c.figure || err != nil || x <= 0 || f.Value <= 0 {
			continue
		}
		name := f.Labels["rival"]
		i, ok := at[name]
		if !ok {
			i, at[name] = len(c.lines), len(c.lines)
			c.lines = append(c.lines, line{name: name})
		}
		c.lines[i].points = append(c.lines[i].points, point{math.Log10(x), math.Log10(f.Value)})
	}
}
