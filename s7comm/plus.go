package s7comm

import "plcscope/internal/wire"

// Plus is the frame of an S7comm-plus message.
type Plus struct{}

func (p *PDU) plus(b []byte, t *wire.Tree) error { return nil }
