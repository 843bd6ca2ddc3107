// Package scope is one capture, or live traffic, with all that plcscope knows of it, for
// an interface to show while it is still being read: the index of its frames and
// messages, the verdicts, the inventory, the values of controllers and the delivery audit.
//
// One goroutine, Run's, analyses. What is summed up there is handed to others as
// snapshots, which nobody changes any more; they are made between two batches of frames,
// only while somebody asks for them, and never so often that analysis waits for it.
package scope
