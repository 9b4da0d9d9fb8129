// Package display makes text that others chose (ids, names, messages that quote input) harmless where a person reads it.
//
// An id in a tag, a file or a record can make a terminal move its cursor, hide a line or show letters in another order, and
// can make a spreadsheet read a cell as a formula. Everything the program prints goes through one of these functions:
//
//   - [Line] for a line of text, such as an error,
//   - [Cell] for one value in a table,
//   - [CSV] for a cell of a CSV file,
//   - [JSON] for JSON; its value stays exactly the same.
//
// # What is escaped
//
// Control characters (C0, DEL, C1), format characters (bidirectional marks, embeddings, overrides and isolates, zero-width
// characters, tags), separators of lines and paragraphs, every space but the plain one, private and unassigned characters,
// bytes that are not UTF-8, letters and selectors that show nothing, combining marks without a letter before them, and more
// than four combining marks on one letter. Letters of every script are left as they are, including those written from right
// to left.
//
// An escape is written as Go writes it: \x1b, \u202e, \U000e0041; a byte that is not UTF-8 as \xff.
package display
