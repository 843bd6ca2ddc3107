//go:build !race

package talk

// Raced is set in a build that looks for data races.
const Raced = false
