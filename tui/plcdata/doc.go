// Package plcdata shows the data of controllers: every variable that somebody has read or
// written over S7, by address or symbol, with its last value, who reads and writes it, and
// how it changed.
package plcdata
