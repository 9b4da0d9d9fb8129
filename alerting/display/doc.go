// Package display makes text that others chose (ids, names, messages that quote input) harmless where a person reads it.
//
// A tag, a file or a record on a topic can name itself so that a terminal moves its cursor, hides a line or shows letters
// in another order, and so that a spreadsheet takes a cell for a formula. Everything the program prints goes through one
// of these functions:
//
//   - [Line] for a line of text, such as an error,
//   - [Cell] for one value in a table,
//   - [CSV] for a cell of a CSV file,
//   - [JSON] for JSON: what it stands for stays exactly the same.
//
// # What is escaped
//
// Control characters (C0, DEL, C1), format characters (bidirectional marks, embeddings, overrides and isolates, zero-width
// characters, tags), separators of lines and paragraphs, every space but the plain one, private and unassigned characters,
// bytes that are not UTF-8, letters and selectors that show nothing, and combining marks that stand on no letter or are
// more than four on one. Letters of every script are left as they are, those written from right to left among them.
//
// An escape is written as Go writes it: \x1b, \u202e, \U000e0041; a byte that is not UTF-8 as \xff.
package display
