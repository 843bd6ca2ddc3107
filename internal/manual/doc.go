// Package manual writes what rules say of themselves as text, JSON and Markdown:
// for the rules command, and for the rule reference under docs/rules, which
// internal/mkdocs makes of it.
package manual
