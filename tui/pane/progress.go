package pane

import "context"

type progressKey struct{}

// WithProgress returns a context whose work tells f how far it is.
func WithProgress(ctx context.Context, f func(done, of uint64)) context.Context {
	return context.WithValue(ctx, progressKey{}, f)
}

// Progress tells, from inside Desk.Work, how much has been done of how much, for the line
// at the bottom. It may be called often.
func Progress(ctx context.Context, done, of uint64) {
	if f, ok := ctx.Value(progressKey{}).(func(done, of uint64)); ok {
		f(done, of)
	}
}
