// Package pane is what the views of the terminal interface and the program around them
// know of each other: what a View can do, and what it may ask of the Desk that it lies on.
// Views do not know each other; they send the user to a Target.
package pane
