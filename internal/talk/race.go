//go:build race

package talk

// Raced is set in a build that looks for data races. Engines are plain sequential
// code; what damage does to a capture shows there nothing more, ten times slower.
const Raced = true
