//go:build libpcap && cgo

package live

// countsFreezes says that these tests run with libpcap, which does not count them.
const countsFreezes = false
