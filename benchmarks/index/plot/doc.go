// Package plot draws measured curves as SVG: both axes logarithmic, every curve named at its end, colours that follow the
// reader's light or dark scheme. What it draws are the figures of a results file and nothing else, so that a plot never
// says anything but what the table says.
package plot
