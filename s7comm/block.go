package s7comm

// Block is the parameter part of a block transfer.
type Block struct{}
