// Package export hands over what was analysed to engines for large data: messages,
// values, findings and deliveries go in as they come, out go tables as Parquet files or
// JSON lines, a folder a day, whose columns docs/export.md describes.
//
// Rows are written as they come; memory is bounded by Options.Buffer for each table. The
// same capture gives the same files. Passwords are in no column. A file bears its name
// only when the export is complete, and never takes the place of another.
package export
