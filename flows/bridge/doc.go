// Package bridge follows values from controllers into MQTT: a value that changes in S7
// traffic, and the PUBLISH that carries it. Mappings say which address or symbol
// belongs to which topic and place in the payload; a Bridge observes both and tells for
// each mapping how many changes were carried, after how long, and how many were not.
//
// It is careful with the word missed: a change was missed only when both sides of it
// are in the capture without a hole, and a later value was published in its stead or
// the time that it may take has passed.
package bridge
