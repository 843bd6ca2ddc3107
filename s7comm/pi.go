package s7comm

// PI is the parameter part of a program invocation or a stop.
type PI struct{}
