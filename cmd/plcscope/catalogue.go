package main

import (
	"slices"

	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
	"plcscope/rules/siterules"
)

// catalogue is every rule that check judges by; those of a site judge only where a
// profile has laid something down.
func catalogue() []*rules.Rule {
	return slices.Concat(mqttrules.Catalogue(), s7rules.Catalogue(), siterules.Catalogue())
}
