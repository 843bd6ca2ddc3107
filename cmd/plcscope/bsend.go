package main

import (
	"fmt"
	"strconv"

	"github.com/goccy/go-yaml"

	"plcscope/s7comm/datatype"
	"plcscope/s7comm/variable"
)

// yamlTemplate is how a file says how a payload of BSEND is laid out:
//
//   - rid: 0x00000001        # without it, any R_ID
//     header: 8              # bytes before the first record
//     record: 20             # bytes of a record, or {at: 2}: a word of the header
//     time: {type: DATE_AND_TIME, at: 0}
//     db: {at: 8}            # a word of the record, or the number itself
//     start: {at: 10}        # first byte in the data block
//     data: {at: 12, bytes: 8} # without bytes, up to the end of the record
type yamlTemplate struct {
	RID    *uint32    `yaml:"rid"`
	Header int        `yaml:"header"`
	Record yamlNumber `yaml:"record"`
	Time   *struct {
		Type string `yaml:"type"`
		At   int    `yaml:"at"`
	} `yaml:"time"`
	DB    yamlNumber `yaml:"db"`
	Start yamlNumber `yaml:"start"`
	Data  struct {
		At    int `yaml:"at"`
		Bytes int `yaml:"bytes"`
	} `yaml:"data"`
}

// yamlNumber is a number, or {at: n}, the word at offset n.
type yamlNumber struct {
	set   bool
	fixed bool
	value int
	at    int
}

// UnmarshalYAML reads either form.
func (n *yamlNumber) UnmarshalYAML(decode func(any) error) error {
	n.set = true
	if decode(&n.value) == nil {
		n.fixed = true
		return nil
	}
	var at struct {
		At *int `yaml:"at"`
	}
	if err := decode(&at); err != nil {
		return err
	}
	if at.At == nil {
		return fmt.Errorf("want a number, or {at: OFFSET}")
	}
	n.at = *at.At
	return nil
}

func (n yamlNumber) number() variable.Number {
	return variable.Number{Fixed: n.fixed, Value: uint16(n.value), At: n.at}
}

// readTemplates reads a file of templates.
func readTemplates(name string) ([]variable.Template, error) {
	text, err := readSmall(name)
	if err != nil {
		return nil, fmt.Errorf("--bsend: %w", err)
	}
	var list []yamlTemplate
	if err := yaml.UnmarshalWithOptions(text, &list, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("--bsend %s: %s", name, yaml.FormatError(err, false, true))
	}
	var l []variable.Template
	for i := range list {
		t, err := list[i].template()
		if err == nil {
			err = t.Check()
		}
		if err != nil {
			return nil, fmt.Errorf("--bsend %s: template %s: %w", name, strconv.Itoa(i+1), err)
		}
		l = append(l, t)
	}
	if len(l) == 0 {
		return nil, fmt.Errorf("--bsend %s: it holds no template", name)
	}
	return l, nil
}

func (y *yamlTemplate) template() (variable.Template, error) {
	t := variable.Template{AnyRID: y.RID == nil, Header: y.Header, DB: y.DB.number(), Start: y.Start.number(), DataAt: y.Data.At, Data: y.Data.Bytes}
	if y.RID != nil {
		t.RID = *y.RID
	}
	switch {
	case !y.DB.set || !y.Start.set:
		return t, fmt.Errorf("db and start say where the data belong: give the numbers, or {at: OFFSET}")
	case !y.Record.set:
		return t, fmt.Errorf("record says how long a record is: give the number, or {at: OFFSET}")
	case y.DB.value < 0 || y.DB.value > 0xffff || y.Start.value < 0 || y.Start.value > 0xffff:
		return t, fmt.Errorf("db and start lie between 0 and 65535")
	case y.Record.fixed && y.Record.value < 1:
		return t, fmt.Errorf("a record of %d bytes is none", y.Record.value)
	}
	t.Record, t.RecordAt = y.Record.value, y.Record.at
	if y.Time == nil {
		return t, nil
	}
	var ok bool
	if t.Time, ok = datatype.Parse(y.Time.Type); !ok {
		return t, fmt.Errorf("time is of the type %q, which is not known; DATE_AND_TIME, DTL, LDT, TIME_OF_DAY and the like are", y.Time.Type)
	}
	t.TimeAt = y.Time.At
	return t, nil
}
