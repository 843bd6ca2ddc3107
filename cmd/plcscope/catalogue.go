package main

import (
	"slices"

	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
)

// catalogue is every rule that check judges by.
func catalogue() []*rules.Rule {
	return slices.Concat(mqttrules.Catalogue(), s7rules.Catalogue())
}
