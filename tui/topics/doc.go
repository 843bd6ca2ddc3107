// Package topics shows the tree of MQTT topics: how often each was published and with
// which QoS, its last payload, who publishes it and who receives it.
package topics
