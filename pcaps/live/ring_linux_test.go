//go:build !(libpcap && cgo)

package live

// countsFreezes says that these tests run with rings.
const countsFreezes = true
