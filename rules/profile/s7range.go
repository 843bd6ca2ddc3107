package profile

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"plcscope/rules/siterules"
	"plcscope/s7comm"
)

// lastBit is the last bit that an S7 address can name: 24 bits.
const lastBit = 1<<24 - 1

// s7Areas are the areas of STEP 7 by their letters, English and German.
var s7Areas = map[string]s7comm.Area{
	"M": s7comm.AreaFlag, "Q": s7comm.AreaOutput, "A": s7comm.AreaOutput, "I": s7comm.AreaInput, "E": s7comm.AreaInput,
}

// s7Widths are how many bits an address names.
var s7Widths = map[string]uint64{"": 1, "X": 1, "B": 8, "W": 16, "D": 32}

var (
	s7Whole    = regexp.MustCompile(`\A(?:DB([0-9]{1,5})|([MQAIE]))\z`)
	s7Data     = regexp.MustCompile(`\A(?:DB([0-9]{1,5})\.)?DB([XBWD])([0-9]{1,7})(?:\.([0-9]))?\z`)
	s7Register = regexp.MustCompile(`\A([MQAIE])([BWD]?)([0-9]{1,7})(?:\.([0-9]))?\z`)
)

// parseRange reads a part of a controller's data in the notation of STEP 7: "DB10",
// "M", "DB10.DBW4", "M10.3", "DB10.DBX0.0..DB10.DBX99.7", "DB10.DBB0..DBB99".
func parseRange(text string) (siterules.Range, error) {
	from, to, two := strings.Cut(strings.ToUpper(strings.Join(strings.Fields(text), "")), "..")
	first, err := parseAddress(from, nil)
	if err != nil || !two {
		return first, err
	}
	if s7Whole.MatchString(from) {
		return first, fmt.Errorf("%q is all of an area; a range goes from an address to an address", from)
	}
	last, err := parseAddress(to, &first)
	switch {
	case err != nil:
		return first, err
	case last.Area != first.Area || last.DB != first.DB:
		return first, fmt.Errorf("%q does not lie where %q does", to, from)
	case last.First < first.First:
		return first, fmt.Errorf("%q lies before %q", to, from)
	}
	first.Last = max(first.Last, last.Last)
	return first, nil
}

// parseAddress reads one address, or a whole area where there is none before it.
func parseAddress(s string, before *siterules.Range) (siterules.Range, error) {
	if m := s7Whole.FindStringSubmatch(s); m != nil && before == nil {
		r := siterules.Range{Area: s7Areas[m[2]], Last: lastBit}
		if m[1] != "" {
			r.Area = s7comm.AreaDB
			return r, setDB(&r, m[1])
		}
		return r, nil
	}
	if m := s7Data.FindStringSubmatch(s); m != nil {
		r := siterules.Range{Area: s7comm.AreaDB}
		switch {
		case m[1] != "":
			if err := setDB(&r, m[1]); err != nil {
				return r, err
			}
		case before != nil:
			r.DB = before.DB
			if before.Area != s7comm.AreaDB {
				return r, fmt.Errorf("%q has no data block", s)
			}
		default:
			return r, fmt.Errorf("%q has no data block; want DB10.%s", s, s)
		}
		return r, setBits(&r, s, m[2], m[3], m[4])
	}
	if m := s7Register.FindStringSubmatch(s); m != nil {
		r := siterules.Range{Area: s7Areas[m[1]]}
		return r, setBits(&r, s, m[2], m[3], m[4])
	}
	return siterules.Range{}, fmt.Errorf("%q is no S7 address; want DB10, DB10.DBX0.0, DB10.DBW4, M, MB100, M10.3, Q0.0 or a range DB10.DBB0..DBB99", s)
}

func setDB(r *siterules.Range, number string) error {
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 {
		return fmt.Errorf("DB%s does not exist; data blocks are DB1 to DB65535", number)
	}
	r.DB = uint16(n)
	return nil
}

// setBits sets the bits of an address of a width, a byte and perhaps a bit.
func setBits(r *siterules.Range, s, width, at, bit string) error {
	n, err := strconv.ParseUint(at, 10, 32)
	bits := s7Widths[width]
	switch {
	case err != nil || n*8+bits-1 > lastBit:
		return fmt.Errorf("%q lies beyond what an address can name", s)
	case bits == 1 && bit == "":
		return fmt.Errorf("%q has no bit; want %s.0, or a byte", s, s)
	case bits > 1 && bit != "":
		return fmt.Errorf("%q is no bit and has one", s)
	case bit > "7":
		return fmt.Errorf("%q: bits are 0 to 7", s)
	}
	r.First = n * 8
	if bit != "" {
		r.First += uint64(bit[0] - '0')
	}
	r.Last = r.First + bits - 1
	return nil
}
