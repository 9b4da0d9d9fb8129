// Package plot draws measured figures as SVG, in colours that follow the reader's light or dark scheme: curves with both
// axes logarithmic, every one named at its end, and marks in a field, the ones that matter named beside. What it draws are
// the figures of a results file and nothing else, so that a plot never says anything but what the table says.
package plot
