package mqttrules

type habit struct{}
