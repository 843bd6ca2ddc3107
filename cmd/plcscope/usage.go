package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"plcscope/report"
)

// wanted says what the values of flags look like, by the types that they have.
var wanted = map[string]string{
	"int": "a whole number", "int32": "a whole number", "int64": "a whole number",
	"uint": "a whole number, 0 or more", "uint16": "a whole number from 0 to 65535",
	"uint32": "a whole number, 0 or more", "uint64": "a whole number, 0 or more",
	"float64": "a number", "duration": "a span of time such as 500ms, 5s or 1m30s", "bool": "true or false",
}

// badValue is how pflag tells that a value does not fit.
var badValue = regexp.MustCompile(`^invalid argument ("(?:[^"\\]|\\.)*") for "(?:-., )?--([a-z0-9-]+)" flag: `)

// flagError says of a value that does not fit what would, rather than how it was parsed.
func flagError(c *cobra.Command, err error) error {
	m := badValue.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	f := c.Flag(m[2])
	if f == nil || wanted[f.Value.Type()] == "" {
		return err
	}
	value, err := strconv.Unquote(m[1])
	if err != nil {
		value = m[1]
	}
	return fmt.Errorf("--%s %s: want %s", m[2], report.Clean(value), wanted[f.Value.Type()])
}

// wrapUsage breaks what the help says of flags at the width of the terminal.
func wrapUsage(root *cobra.Command) {
	wrapped := fmt.Sprintf(".FlagUsagesWrapped %d |", width(os.Stdout))
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages |", wrapped))
}
