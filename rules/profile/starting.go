package profile

import _ "embed" // the profile to start from

//go:embed starting.yaml
var starting string

// Starting is a profile to start from: it says nothing yet, and shows in comments
// what can be said.
func Starting() string { return starting }
