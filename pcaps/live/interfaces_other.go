//go:build !linux && !windows

package live

// ask adds nothing here.
func (*Interface) ask() {}
