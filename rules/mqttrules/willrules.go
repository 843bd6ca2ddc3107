package mqttrules

import "plcscope/rules"

// willsRule is what rules about the wills that a broker publishes have in common. They
// are judged where the subscribers get them, or ought to, in wills.go.
func willsRule(id string, clauses rules.Clauses, title, exercised, why string) *Rule {
	return brokerRule(id, clauses, title, exercised, why,
		"Report it to the broker's maker. Until then watch over the PLC by a value that it publishes cyclically.")
}

var (
	willPublished = willsRule("mqtt-will-published",
		rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.2-8"}, V5: {"MQTT-3.1.2-7", "MQTT-3.1.2-8"}},
		"The will is published when a connection ends without DISCONNECT",
		"A client with a will loses its connection, and a subscriber gets the will or has got other messages of the client under its topic.",
		"Nobody notices that a PLC has dropped out: its last values pass for the present ones.")

	willOnce = willsRule("mqtt-will-published-once",
		rules.Clauses{V311: {"MQTT-3.1.2-10"}, V5: {"MQTT-3.1.2-10"}},
		"A will is published once",
		"A subscriber gets a will.",
		"The PLC passes for lost again although it is back: its status and its connection contradict each other.")

	willNotAfterDisconnect = willsRule("mqtt-will-not-after-disconnect",
		rules.Clauses{V31: {"§3.14"}, V311: {"MQTT-3.1.2-10", "MQTT-3.14.4-3"}, V5: {"MQTT-3.1.2-10", "MQTT-3.14.4-3"}},
		"The will is not published after DISCONNECT",
		"A client with a will says DISCONNECT while somebody has subscribed to the topic of the will.",
		"Every orderly stop of a PLC raises the alarm of a failure.")

	noWillNoMessage = willsRule("mqtt-no-will-no-will-message",
		rules.Clauses{V311: {"MQTT-3.1.2-12"}, V5: {"§3.1.2.5"}},
		"No will is published for a connection without one",
		"A client without a will loses its connection while others have subscriptions.",
		"The will of an earlier program version lives on in the broker and raises alarms that nobody can explain.")

	willNonretained = willsRule("mqtt-will-nonretained",
		rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.2-16"}, V5: {"MQTT-3.1.2-14"}},
		"A will with Will Retain 0 is not retained",
		"A will with Will Retain 0 was published under a topic with a retained message, and a client subscribes to it later.",
		"A PLC that is long back passes for lost with everybody who connects later.")

	willRetained = willsRule("mqtt-will-retained",
		rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.2-17"}, V5: {"MQTT-3.1.2-15"}},
		"A will with Will Retain 1 is retained",
		"A will with Will Retain 1 was published, and a client subscribes to its topic later.",
		"Who connects after the failure still finds the PLC in its last good state.")

	willDelayCancelled = willsRule("m5-will-delay-cancelled",
		rules.Clauses{V5: {"MQTT-3.1.3-9"}},
		"A client that is back within the Will Delay Interval has cancelled its will",
		"A client with a Will Delay Interval loses its connection and continues its session before the interval is over, while somebody has subscribed to the topic of the will.",
		"Short breaks of the line raise the alarms that the interval was meant to spare.")

	willUserPropOrder = willsRule("m5-will-user-prop-order",
		rules.Clauses{V5: {"MQTT-3.1.3-10"}},
		"The User Properties of a will keep their order",
		"A subscriber gets a will with two or more User Properties.",
		"Pairs whose order means something, such as a list of values, are read wrongly.")
)
