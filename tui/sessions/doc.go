// Package sessions lists MQTT sessions and S7 partners with their connections, of which the user selects those to
// be looked at.
package sessions
