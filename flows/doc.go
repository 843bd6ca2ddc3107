// Package flows joins the layers: segments become connections, their bytes
// become MQTT packets and ISO-on-TCP PDUs, and everything that looks at traffic
// (rules, statistics, lists, the terminal interface) observes the same events.
//
// A Tracker takes segments in capture order and calls its observers; Analyse
// runs a whole capture through it. What an observer is handed is borrowed: it is
// valid until the observer returns, and whoever keeps something copies it. On
// the steady path nothing is allocated per packet, and memory depends on what is
// open at one time, not on the length of the capture.
package flows
