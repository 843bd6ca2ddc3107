// Package craft makes captures: TCP conversations written down message by message,
// and the hazards that captures from a plant show, applied to them.
//
// What goes in is who talks to whom and the bytes that they say; what comes out
// are frames, as pcaps.Frame or as a file, with addresses, sequence numbers and
// checksums as they would be on a wire. The package knows no protocol above TCP,
// reads no clock and uses no randomness but that of a seed: the same calls give
// the same bytes.
//
//	frames := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883").
//		Client(connect).Server(connack).
//		After(time.Second).Client(publish).
//		FIN(craft.ByClient).Frames()
//	frames = craft.Retransmit(0.1, 1)(frames)
//
// It is made for tests and samples: arguments that make no sense panic.
package craft
