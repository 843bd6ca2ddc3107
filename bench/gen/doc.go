// Package gen makes captures of any size for measurements, with the truth about what is
// in them: PLCs that publish to an MQTT broker which forwards to subscribers, controllers
// that are polled by S7, connections that only stay alive. A capture depends on nothing but its Plan.
// Frames are written as they are made; memory grows with connections alone.
//
// It shares no code with the decoders that it is to measure.
package gen
