package s7comm

// Protocol names the innermost protocol of a message of this kind, as columns of Wireshark do: COTP,
// S7COMM, S7COMM-PLUS, TLS, or ISO for others above COTP.
func (k Kind) Protocol() string {
	switch k {
	case KindS7:
		return "S7COMM"
	case KindS7Plus:
		return "S7COMM-PLUS"
	case KindTLS:
		return "TLS"
	case KindMMS, KindOther:
		return "ISO"
	}
	return "COTP"
}
