// Package suggest knows what may stand at a place of a display filter: fields, operators
// and values, the likely ones first. It reads a filter as far as the cursor and forgives
// what is wrong with it; whether a filter is right, package decode/filter says.
package suggest
