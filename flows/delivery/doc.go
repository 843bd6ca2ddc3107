// Package delivery audits what becomes of messages: for each MQTT session and
// direction which messages of QoS 1 and 2 were sent, acknowledged, repeated,
// completed, lost, delivered twice or are still open; how long acknowledgements
// took; where both legs are in the capture, who got a message from whom and
// after how long; what a broken connection had in flight and what of it was
// recovered; and which requests over topics were answered.
//
// An Audit is a flows.Observer: one pass, bounded memory, no clock but the
// capture's. It is careful with the word lost: a message is lost only when the
// capture shows that its connection ended without an acknowledgement, that the
// client came back, and that the message was not sent again. What a gap, a start
// in mid-stream, an unseen direction or a bound may hide is unknown, and what
// may still happen is open.
package delivery
