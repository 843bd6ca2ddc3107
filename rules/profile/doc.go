// Package profile reads plcscope.yaml: who the partners of a plant are, how much time
// they are granted, which findings are waived and until when, and what the site has
// laid down for itself.
package profile
