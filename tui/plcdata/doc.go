// Package plcdata shows the data of controllers by address or symbol: last values, who reads and who writes, and
// how they change.
package plcdata
