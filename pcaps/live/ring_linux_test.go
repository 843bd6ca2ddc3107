//go:build !(libpcap && cgo)

package live

// countsFreezes says that these tests run with rings.
const countsFreezes = true

// manyRings is how many rings tests of several have.
const manyRings = 3
