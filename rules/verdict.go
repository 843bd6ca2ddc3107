package rules

// Verdict is the outcome of a rule for a subject. Verdicts are ordered and only
// rise, so merging what several workers or captures found is taking the maximum.
type Verdict uint8

const (
	NotExercised Verdict = iota // nothing in the capture put the rule to the test
	Pass                        // it was put to the test and held
	Inconclusive                // it looks broken, but the capture cannot decide
	Fail                        // it was broken
)

func (v Verdict) String() string {
	return [...]string{"not exercised", "pass", "inconclusive", "fail"}[v]
}

// Reason is why a verdict is inconclusive.
type Reason uint8

const (
	Certain       Reason = iota
	MidStream            // the capture begins inside the connection
	LostPackets          // the capture misses packets
	OneDirection         // the capture shows one direction only
	SnapLength           // the capture holds frames only in part
	Unanchored           // message borders were found again in mid-stream
	AfterError           // an earlier malformed message: borders may be elsewhere
	VersionGuess         // the version is a guess, its CONNECT is not in the capture
	CaptureEnd           // the capture ends before the time is up
	OtherSession         // connections of the session may lie outside the capture
	SharedSession        // two connections used the session at once
	Conflict             // the capture holds two versions of the same bytes of the stream
	Packed               // messages came compressed, or in what is no frame of WebSocket
)

var reasonTexts = [...]string{
	"", "the capture begins inside the connection", "the capture misses packets",
	"the capture shows one direction only", "the capture holds frames only in part (snap length)",
	"message borders were found again in mid-stream", "an earlier message was malformed",
	"the MQTT version is a guess: no CONNECT in the capture", "the capture ends before the time is up",
	"earlier connections of the session may lie outside the capture",
	"two connections used the session at once",
	"the capture holds two versions of the same bytes",
	"what carries the messages cannot be read: compressed, or no frames of WebSocket",
}

func (r Reason) String() string { return reasonTexts[r] }

// Ref points at a message in the capture.
type Ref struct {
	Frame uint64 // 0: none
	Time  int64  // nanoseconds since 1970-01-01 UTC
}

// Finding is one violation, or one suspicion that the capture cannot decide.
type Finding struct {
	Rule    *Rule
	Subject *Subject
	Verdict Verdict // Fail or Inconclusive
	// Severity is the rule's, unless this case weighs less.
	Severity Severity
	Reason   Reason  // why it is inconclusive
	Excuse   *Excuse // why it does not count, though it is certain; nil: it counts

	Ref
	Standard Standard // by which the connection was judged
	Client   string   // client endpoint of the connection, "10.0.0.5:2000"
	Server   string
	Detail   string  // what was seen, in words, with numbers
	Message  string  // the message's kind, "PUBLISH"
	Offset   int     // of the offending byte in the message, or -1
	File     uint16  // where the frame's record lies, for reports that point into the file
	Record   int64   // offset of the record in that file
	Bytes    []byte  // the first bytes of the message, at most evidenceBytes
	Secret   bool    // Bytes may hold a password: show them only when asked to
	Related  []Ref   // earlier messages that matter, such as the first use of an identifier
	Around   *Around // what else was said at that time; nil when nobody took note of it
}

// Around holds what a connection has seen around a finding, in the order in which
// it was seen. What follows the finding is added until the connection ends.
type Around struct {
	Said []Said
	At   int // index of what the finding is about, or -1 when it came before
}

// Said is a message, a close or a hole of a connection in one printable line.
type Said struct {
	Ref
	FromClient bool
	Text       string
	File       uint16 // where the record of the frame lies
	Record     int64  // 0: not known
}

// evidenceBytes bounds what a finding keeps of its message.
const evidenceBytes = 64
