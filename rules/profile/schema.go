package profile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema reads the JSON schema of a payload and returns what checks by it.
func (b *builder) schema(w word) func([]byte) error {
	name := path.Clean(strings.ReplaceAll(w.Text, `\`, "/"))
	if !fs.ValidPath(name) {
		b.errorf(w.At, "schema %s: schemas lie in the folder of the profile or below it", w.Text)
		return nil
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(files{b.open})
	s, err := c.Compile(schemaRoot + (&url.URL{Path: name}).EscapedPath())
	if err != nil {
		b.errorf(w.At, "schema %s: %s", w.Text, plain(err))
		return nil
	}
	return func(payload []byte) error {
		x, err := jsonschema.UnmarshalJSON(strings.NewReader(string(payload)))
		if err != nil {
			return err
		}
		return mismatch(s.Validate(x))
	}
}

// schemaRoot is where the schemas of a profile are said to lie: it makes their
// references to each other relative to the profile.
const schemaRoot = "profile:///"

// files loads schemas from beside the profile, and from nowhere else.
type files struct {
	open func(string) (fs.File, error)
}

// maxSchema is how large a schema may be.
const maxSchema = 4 << 20

func (l files) Load(from string) (any, error) {
	name, ok := strings.CutPrefix(from, schemaRoot)
	if !ok {
		return nil, fmt.Errorf("%s lies elsewhere: schemas are read from beside the profile only", from)
	}
	name, err := url.PathUnescape(name)
	if err != nil {
		return nil, err
	}
	f, err := l.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSchema))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
}

// mismatch says in one line what a payload lacks: its first fault, and where.
func mismatch(err error) error {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return err
	}
	for len(v.Causes) > 0 {
		v = v.Causes[0]
	}
	text := v.Error()
	if _, what, ok := strings.Cut(text, "\n- "); ok {
		text = what // the first line names the schema
	}
	return errors.New(plain(errors.New(text)))
}

// plain puts an error on one line.
func plain(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
