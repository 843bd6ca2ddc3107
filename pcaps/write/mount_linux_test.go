package write

import "syscall"

func mountSmall(dir string) error { return syscall.Mount("none", dir, "tmpfs", 0, "size=4m") }
func unmount(dir string)          { _ = syscall.Unmount(dir, 0) } // a test's own folder
