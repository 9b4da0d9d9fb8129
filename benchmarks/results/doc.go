// Package results is how a measurement is written down: one file NAME.json per measuring command, in this folder, read
// by people and by benchmarks/figures, which makes the README's tables from it.
//
// A figure is a number with its unit, how many observations it rests on and how far it may be off; where there is a
// rival measured in the same run, its number and the ratio; where there is a target, whether it was reached. What does
// not exist is absent, never 0. A file names the machine by what it is made of, never by its name.
package results
