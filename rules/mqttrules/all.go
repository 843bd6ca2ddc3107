package mqttrules

// All is the catalogue, in the order of the standard's chapters.
var All = []*Rule{
	connectFirst,
	connectOnce,
	secondConnectClose,
	clientIDLength31,
	willQoSNot3,
}
