package symbol

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// member is a variable in the XML of a block or data type, as the TIA Portal exports
// them with its programming interface (SimaticML).
type member struct {
	Name     string   `xml:"Name,attr"`
	Datatype string   `xml:"Datatype,attr"`
	Members  []member `xml:"Member"`
}

// xmlObject is a tag, a block or a data type in such a file.
type xmlObject struct {
	Attributes struct {
		Name           string `xml:"Name"`
		Number         string `xml:"Number"`
		MemoryLayout   string `xml:"MemoryLayout"`
		InstanceOfName string `xml:"InstanceOfName"`
		DataTypeName   string `xml:"DataTypeName"`
		LogicalAddress string `xml:"LogicalAddress"`
		Sections       []struct {
			Name    string   `xml:"Name,attr"`
			Members []member `xml:"Member"`
		} `xml:"Interface>Sections>Section"`
	} `xml:"AttributeList"`
}

// addObject takes in an element of SimaticML; ok is false for those that name nothing.
func (t *Table) addObject(d *xml.Decoder, e *xml.StartElement) (ok bool, err error) {
	var x xmlObject
	switch name := e.Name.Local; name {
	case "SW.Tags.PlcTag":
		if err := d.DecodeElement(&x, e); err != nil {
			return true, err
		}
		t.add(x.Attributes.Name, x.Attributes.LogicalAddress, x.Attributes.DataTypeName, "")
		return true, nil
	case "SW.Blocks.GlobalDB", "SW.Blocks.InstanceDB", "SW.Blocks.ArrayDB", "SW.Blocks.FB", "SW.Types.PlcStruct":
		if err := d.DecodeElement(&x, e); err != nil {
			return true, err
		}
		return true, t.addInterface(name, &x)
	}
	return false, nil
}

// addInterface makes a source of what a block or a type declares, and reads that: the
// rules of layout are the same.
func (t *Table) addInterface(kind string, x *xmlObject) error {
	a := &x.Attributes
	var s strings.Builder
	for _, section := range a.Sections {
		word := map[string]string{"Input": "VAR_INPUT", "Output": "VAR_OUTPUT", "InOut": "VAR_IN_OUT", "Static": "VAR", "None": "VAR"}[section.Name]
		if word == "" || len(section.Members) == 0 {
			continue
		}
		s.WriteString(word + "\n")
		writeMembers(&s, section.Members, 0)
		s.WriteString("END_VAR\n")
	}
	r := &source{lex: lexer{text: s.String(), line: 1}, table: t}
	if err := r.advance(); err != nil {
		return fmt.Errorf("%s: %w", a.Name, err)
	}
	declared, err := r.sections()
	if err != nil {
		return fmt.Errorf("%s: %w", a.Name, err)
	}
	if kind == "SW.Blocks.FB" || kind == "SW.Types.PlcStruct" {
		t.declare(a.Name, declared)
		return nil
	}
	b := &Block{Name: a.Name, Number: -1, Type: declared, Optimised: a.MemoryLayout == "Optimized"}
	if n, err := strconv.ParseUint(a.Number, 10, 16); err == nil {
		b.Number = int(n)
	}
	if len(declared.Members) == 0 && a.InstanceOfName != "" {
		b.Type = &Type{Name: a.InstanceOfName, of: fold(a.InstanceOfName)}
	}
	return t.addBlock(b)
}

// writeMembers writes declarations. A structure holds its members; so does an array of
// structures, and a type of its own that needs no telling again.
func writeMembers(s *strings.Builder, l []member, depth int) {
	for i := range l {
		m := &l[i]
		typ := strings.ReplaceAll(m.Datatype, ";", " ")
		s.WriteString("\"" + strings.NewReplacer("\"", "", "\n", " ", "\r", " ").Replace(m.Name) + "\" : ")
		if upper := strings.ToUpper(typ); (upper == "STRUCT" || strings.HasSuffix(upper, " STRUCT")) && depth < maxNest {
			s.WriteString(typ + "\n")
			writeMembers(s, m.Members, depth+1)
			typ = "END_STRUCT"
		}
		s.WriteString(typ + ";\n")
	}
}

// addXML reads a tag table of the TIA Portal, or what its programming interface exports:
// tags, data blocks, function blocks and data types.
func (t *Table) addXML(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // the text is UTF-8 by now
	n := 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if e.Name.Local == "Tag" {
			err = t.addTag(d, &e)
		} else if ok, err = t.addObject(d, &e); !ok {
			continue
		}
		if err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return fmt.Errorf("this XML file holds neither an element Tag, as the tag tables of the TIA Portal do, nor a tag, data block or type of SimaticML")
	}
	return nil
}

// addTag takes in a row of a tag table.
func (t *Table) addTag(d *xml.Decoder, e *xml.StartElement) error {
	var name string
	if err := d.DecodeElement(&name, e); err != nil {
		return err
	}
	get := func(key string) string {
		for _, a := range e.Attr {
			if strings.EqualFold(a.Name.Local, key) {
				return a.Value
			}
		}
		return ""
	}
	t.add(name, get("addr"), get("type"), get("remark"))
	return nil
}
