//go:build !linux

package live

// ask adds nothing here.
func (*Interface) ask() {}
