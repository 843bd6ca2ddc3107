package mqttrules

// trip is how long a packet and the reaction to it may be under way: the round trip
// of the handshake, or a second where the capture does not show it whole.
func (c *Conn) trip() int64 {
	if t := c.Flow.TCP.RTT(); t > 0 {
		return t
	}
	return second
}
