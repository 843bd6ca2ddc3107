// Package broker is a model of what one MQTT broker should do, as far as a
// capture shows it: who has subscribed to what, what was published lately, what
// is retained, which wills are waiting, and which publication a delivery comes
// from.
//
// In come the packets of the clients of one broker, by the methods of Client, in
// the order of the capture; whoever calls keeps connections and sessions apart
// (plcscope/mqtt/session does for packet identifiers). Out come facts: a
// *Publication for what a client has published, a Delivery for what it gets, the
// Topic with its retained message. The model accuses nobody. It says what it is
// not sure of: a topic on which something came that nobody in the capture has
// published has Strangers, a publication that has twins is not Unique, a
// client with more subscriptions than are remembered is Overflown.
//
// Everything is bounded (Limits); what had to be forgotten is counted (Forgotten)
// and makes later facts unsure, never wrong. A PUBLISH costs no allocation once
// its topic is known. Times are capture times in nanoseconds; the bytes handed in
// are borrowed and copied where they are kept.
package broker
