package mqttrules

type pace struct{}
