// Package topics shows the tree of MQTT topics: rates, retained messages, last payloads, who publishes and who
// receives.
package topics
