package websocket

import "plcscope/internal/wire"

// Fields are the fields that Dissect adds, under Wireshark's names.
var Fields wire.Table

var (
	fWebSocket = Fields.None("websocket", "WebSocket")
	fFin       = Fields.Bool("websocket.fin", "Fin")
	fRSV       = Fields.Uint("websocket.rsv", "Reserved", 1, wire.Hex, nil)
	fOpcode    = Fields.Uint("websocket.opcode", "Opcode", 1, wire.Dec, func(v uint64) string { return Opcode(v).String() })
	fMask      = Fields.Bool("websocket.mask", "Mask")
	fLength    = Fields.Uint("websocket.payload_length", "Payload length", 1, wire.Dec, nil)
	fLength16  = Fields.Uint("websocket.payload_length_ext_16", "Extended Payload length (16 bits)", 2, wire.Dec, nil)
	fLength64  = Fields.Uint("websocket.payload_length_ext_64", "Extended Payload length (64 bits)", 8, wire.Dec, nil)
	fKey       = Fields.Bytes("websocket.masking_key", "Masking-Key")
)

// Dissect adds the header's fields to t. They have no place in the bytes of the
// message that the frame carries. The tree borrows h.Key.
func (h *Header) Dissect(t *wire.Tree) {
	t.Data(fWebSocket, 0, nil)
	t.Bool(fFin, 0, h.Fin)
	t.Uint(fRSV, 0, 0, uint64(h.RSV))
	t.Uint(fOpcode, 0, 0, uint64(h.Opcode))
	t.Bool(fMask, 0, h.Masked)
	switch {
	case h.Length < 126:
		t.Uint(fLength, 0, 0, h.Length)
	case h.Length < 1<<16:
		t.Uint(fLength, 0, 0, 126)
		t.Uint(fLength16, 0, 0, h.Length)
	default:
		t.Uint(fLength, 0, 0, 127)
		t.Uint(fLength64, 0, 0, h.Length)
	}
	if h.Masked {
		t.Data(fKey, 0, h.Key[:])
	}
}
