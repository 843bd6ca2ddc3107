//go:build !linux

package live

// Confine does nothing: this system has no rights that could be given up one by one.
func Confine(bool) error { return nil }
