// Package events writes what happens as JSON, one object a line: findings,
// connections, MQTT sessions, outages, control actions on controllers, statistics, and
// what concerns the capture itself. docs/schema/events.schema.json describes every
// field; it is made from the types of this package.
//
// A Log is safe for concurrent use and hands each line to whoever was named; it waits
// for nobody and reads no clock. Text from the wire is escaped as JSON does it, and
// passwords are in no event.
package events
