// Package house holds the house rules as tests: who may import whom, which
// packages may not do input and output or ask what time it is, and that every
// package says what it is for. It has no code.
package house
