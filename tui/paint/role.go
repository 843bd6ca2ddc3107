package paint

// Role is what a piece of text is, which decides how it looks in a theme.
type Role uint8

const (
	Plain      Role = iota
	Dim             // what is there for completeness
	Strong          // what matters most in its line
	Heading         // titles of columns and sections
	Bar             // lines that belong to the program, at the top and the bottom
	BarActive       // the view that is shown, in the bar
	BarKey          // a key, in the bar
	Good            // a verdict: it holds
	Bad             // it does not, or it is an error
	Warn            // a warning
	Doubt           // inconclusive
	Note            // an information
	Client          // who asks
	Server          // who serves
	Hole            // what the capture lacks
	Marked          // what the user has marked
	Match           // what was searched for, or belongs to what is selected
	Cursor          // the selected row
	CursorOff       // the selected row of a table that keys do not go to
	Input           // a line that is being typed
	InputGood       // one that is sound, where that is shown
	InputBad        // one that is not
	BarBad          // what is wrong, in the bar
	List            // what may be typed next
	ListChosen      // the one of it that is chosen
	Exchange0       // the first of Exchanges roles that tell neighbouring exchanges apart
	Exchange1
	Exchange2
	Exchange3
	Exchange4
	Exchange5
	roles
)

// Exchanges is how many roles there are from Exchange0 on.
const Exchanges = int(roles - Exchange0)

// Exchange is the role of exchange n: equal numbers look alike.
func Exchange(n uint64) Role { return Exchange0 + Role(n%uint64(Exchanges)) }
