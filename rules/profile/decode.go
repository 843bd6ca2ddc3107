package profile

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"plcscope/internal/near"
)

// maxSize bounds a profile, and maxErrors what is told of it at once.
const (
	maxSize   = 1 << 20
	maxErrors = 20
)

// decoder reads a document into the structs of shape.go. It goes on after an error,
// so that all of them are told at once.
type decoder struct {
	name string
	text string
	errs Errors
}

func (d *decoder) errorf(at place, format string, args ...any) {
	if len(d.errs) < maxErrors {
		d.errs = append(d.errs, &Error{d.name, at.line, at.column, fmt.Sprintf(format, args...), source(d.text, at.line)})
	}
}

// document reads the one document of the text into f.
func (d *decoder) document(f *file) {
	if len(d.text) > maxSize {
		d.errorf(place{}, "the profile has %d bytes; %d is the most", len(d.text), maxSize)
		return
	}
	tree, err := parser.ParseBytes([]byte(d.text), 0)
	if err != nil {
		var at place
		var e yaml.Error
		if errors.As(err, &e) {
			if t := e.GetToken(); t != nil && t.Position != nil {
				at = place{t.Position.Line, t.Position.Column}
			}
			d.errorf(at, "%s", e.GetMessage())
			return
		}
		d.errorf(at, "%v", err)
		return
	}
	var body []ast.Node
	for _, doc := range tree.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType && doc.Body.Type() != ast.CommentGroupType {
			body = append(body, doc.Body)
		}
	}
	switch len(body) {
	case 0:
		d.errorf(place{}, "the profile is empty; version: 1 is the least that it says")
	case 1:
		d.value(body[0], reflect.ValueOf(f).Elem())
	default:
		d.errorf(placeOf(body[1]), "a profile is one document")
	}
}

func placeOf(n ast.Node) place {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		n = m.Values[0].Key // the token of a mapping is its first colon
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		n = m.Key
	}
	if s, ok := n.(*ast.SequenceNode); ok && len(s.Values) > 0 && !s.IsFlowStyle {
		n = s.Values[0]
		return placeOf(n)
	}
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{t.Position.Line, t.Position.Column}
}

var (
	wordType     = reflect.TypeFor[word]()
	durationType = reflect.TypeFor[duration]()
	placeType    = reflect.TypeFor[place]()
	selectorType = reflect.TypeFor[selector]()
)

func (d *decoder) value(n ast.Node, v reflect.Value) {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		d.errorf(placeOf(n), "anchors, aliases and tags have no place in a profile")
		return
	}
	at := placeOf(n)
	switch v.Type() {
	case wordType:
		if s, ok := d.scalar(n, "text"); ok {
			v.Set(reflect.ValueOf(word{s, at}))
		}
		return
	case durationType:
		if s, ok := d.scalar(n, "a span of time such as 500ms, 5s or 1m30s"); ok {
			x, err := time.ParseDuration(s)
			if err != nil || x <= 0 {
				d.errorf(at, "%q is no span of time; want one such as 500ms, 5s or 1m30s", s)
				return
			}
			v.Set(reflect.ValueOf(duration{int64(x)}))
		}
		return
	case selectorType:
		if isScalar(n) { // the name of a subject, or an address
			s, _ := d.scalar(n, "")
			v.Set(reflect.ValueOf(selector{At: at, Subject: word{s, at}}))
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		x := reflect.New(v.Type().Elem())
		d.value(n, x.Elem())
		v.Set(x)
	case reflect.Int:
		if s, ok := d.scalar(n, "a number"); ok {
			x, err := strconv.Atoi(s)
			if err != nil || x < 0 {
				d.errorf(at, "%q is no whole number", s)
				return
			}
			v.SetInt(int64(x))
		}
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			v.SetBool(b.Value)
		} else {
			d.errorf(at, "want true or false")
		}
	case reflect.Slice:
		d.list(n, v)
	case reflect.Map:
		d.words(n, v)
	case reflect.Struct:
		d.mapping(n, v)
	default:
		panic("profile: no way to read a " + v.Type().String())
	}
}

func isScalar(n ast.Node) bool {
	_, scalar := n.(ast.ScalarNode)
	return scalar
}

// scalar is the text of a scalar as it was written.
func (d *decoder) scalar(n ast.Node, want string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.NullNode:
		d.errorf(placeOf(n), "nothing is written here; want %s", want)
		return "", false
	}
	if !isScalar(n) {
		d.errorf(placeOf(n), "want %s, not %s", want, kindOf(n))
		return "", false
	}
	return n.GetToken().Value, true
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	case *ast.SequenceNode:
		return "a list"
	}
	return "a single value"
}

// list reads a sequence, or one thing in its place.
func (d *decoder) list(n ast.Node, v reflect.Value) {
	values := []ast.Node{n}
	switch s := n.(type) {
	case *ast.SequenceNode:
		values = s.Values
	case *ast.NullNode:
		d.errorf(placeOf(n), "nothing is written here; want a list, [] for an empty one")
		return
	}
	l := reflect.MakeSlice(v.Type(), len(values), len(values))
	for i, x := range values {
		d.value(x, l.Index(i))
	}
	v.Set(l)
}

// pairs are the keys and values of a mapping.
func (d *decoder) pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	d.errorf(placeOf(n), "want keys with values, not %s", kindOf(n))
	return nil, false
}

// key is the text of a key.
func (d *decoder) key(p *ast.MappingValueNode) (word, bool) {
	at := placeOf(p.Key)
	switch k := p.Key.(type) {
	case *ast.StringNode:
		return word{k.Value, at}, true
	case *ast.MergeKeyNode:
		d.errorf(at, "anchors, aliases and tags have no place in a profile")
		return word{}, false
	}
	d.errorf(at, "a key is a word")
	return word{}, false
}

// words reads a mapping of words to words.
func (d *decoder) words(n ast.Node, v reflect.Value) {
	pairs, ok := d.pairs(n)
	if !ok {
		return
	}
	m := reflect.MakeMap(v.Type())
	for _, p := range pairs {
		k, ok := d.key(p)
		if !ok {
			continue
		}
		x := reflect.New(v.Type().Elem()).Elem()
		d.value(p.Value, x)
		m.SetMapIndex(reflect.ValueOf(k), x)
	}
	v.Set(m)
}

// mapping reads a mapping into a struct.
func (d *decoder) mapping(n ast.Node, v reflect.Value) {
	pairs, ok := d.pairs(n)
	if !ok {
		return
	}
	t := v.Type()
	fields := map[string]int{}
	var names []string
	for i := range t.NumField() {
		if f := t.Field(i); f.Type == placeType {
			v.Field(i).Set(reflect.ValueOf(placeOf(n)))
		} else {
			fields[f.Tag.Get("yaml")] = i
			names = append(names, f.Tag.Get("yaml"))
		}
	}
	seen := map[string]bool{}
	for _, p := range pairs {
		k, ok := d.key(p)
		if !ok {
			continue
		}
		i, known := fields[k.Text]
		switch {
		case !known:
			d.errorf(k.At, "there is no key %q here; near it: %s", k.Text, strings.Join(near.Names(k.Text, names, 2), ", "))
		case seen[k.Text]:
			d.errorf(k.At, "key %q stands here twice", k.Text)
		default:
			seen[k.Text] = true
			d.value(p.Value, v.Field(i))
		}
	}
}
