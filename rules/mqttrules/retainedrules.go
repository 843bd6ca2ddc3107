package mqttrules

import "plcscope/rules"

// retainRule is what rules about the retained messages of a broker have in common.
// They are judged where messages and subscriptions meet, in retained.go.
func retainRule(id string, clauses rules.Clauses, title, exercised, why string) *Rule {
	return brokerRule(id, clauses, title, exercised, why,
		"Look for bounds on retained messages in the broker's configuration (number, size, age), and report it to the broker's maker. Until then publish values cyclically, so that nobody depends on the retained one.")
}

// brokerRule is a rule about what a broker makes of messages, over all its connections.
// It has no hook: the model of the broker speaks for it.
func brokerRule(id string, clauses rules.Clauses, title, exercised, why, fix string) *Rule {
	return &Rule{Rule: rules.Rule{
		ID:        id,
		Clauses:   clauses,
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     title,
		Exercised: exercised,
		Why:       why,
		Fix:       fix,
	}}
}

var (
	retainStored = retainRule("mqtt-retain-stored",
		rules.Clauses{V31: {"§2.1"}, V311: {"MQTT-3.3.1-5"}, V5: {"MQTT-3.3.1-5"}},
		"A message with RETAIN 1 replaces the retained one of its topic",
		"A client gets a retained message by a new subscription, and the capture shows which message was published last with RETAIN 1.",
		"After a restart a PLC or an operator panel works with an old set point, or with none, until the next change.")

	retainedOnSubscribe = retainRule("mqtt-retained-on-subscribe",
		rules.Clauses{V31: {"§2.1"}, V311: {"MQTT-3.3.1-6"}},
		"A new subscription brings the retained message of its topic",
		"A client subscribes to a topic whose last message with RETAIN 1 the broker has acknowledged.",
		"After a restart a PLC has no value until the next change, which may be hours away.")

	qos0Replaces311 = retainRule("m311-retain-qos0-replaces",
		rules.Clauses{V311: {"MQTT-3.3.1-7"}},
		"A QoS 0 message with RETAIN 1 discards the older retained one",
		"A message with RETAIN 1 was replaced by one of QoS 0, and a client subscribes later.",
		"The newest value may get lost with QoS 0, but an older one must not take its place: the receiver cannot tell.")

	retainFlagNew = retainRule("mqtt-retain-flag-new-subscription",
		rules.Clauses{V31: {"§2.1"}, V311: {"MQTT-3.3.1-8"}, V5: {"§3.8.3.1"}},
		"A retained message that a subscription brings has RETAIN 1",
		"A client gets a retained message by a new subscription.",
		"The receiver takes an old value for a change that has just happened, and acts on it: a command is executed again.")

	retainEmptyClears = retainRule("mqtt-retain-empty-clears",
		rules.Clauses{V31: {"§3.3"}, V311: {"MQTT-3.3.1-10"}, V5: {"MQTT-3.3.1-6"}},
		"An empty message with RETAIN 1 clears the retained one",
		"A topic was cleared by an empty message with RETAIN 1, and a client subscribes to it later.",
		"A command that was withdrawn reaches every PLC that connects anew.")

	retainEmptyNotStored = retainRule("mqtt-retain-empty-not-stored",
		rules.Clauses{V311: {"MQTT-3.3.1-11"}, V5: {"MQTT-3.3.1-7"}},
		"An empty message is never retained",
		"A topic was cleared by an empty message with RETAIN 1, and a client subscribes to it later.",
		"Blocks that convert the payload without a look at its length get zero, or what is left in the buffer.")

	nonretainedNotStored = retainRule("mqtt-nonretained-not-stored",
		rules.Clauses{V31: {"§2.1"}, V311: {"MQTT-3.3.1-12"}, V5: {"MQTT-3.3.1-8"}},
		"A message with RETAIN 0 leaves the retained one as it is",
		"A message with RETAIN 0 was published under a topic with a retained message, and a client subscribes to it later.",
		"A passing event is taken for the lasting state by everybody who connects later.")

	retainedOutliveSession = retainRule("mqtt-retained-outlive-session",
		rules.Clauses{V311: {"MQTT-3.1.2-7"}},
		"Retained messages outlive the session of their publisher",
		"The session that has published a retained message is over, and a client subscribes to its topic later.",
		"The last state of a PLC is gone as soon as it is switched off, when it matters most.")

	retainHandling0 = retainRule("m5-retain-handling-0",
		rules.Clauses{V5: {"MQTT-3.3.1-9"}},
		"Retain Handling 0 brings retained messages to every subscription",
		"A client subscribes with Retain Handling 0, as clients do unless they ask for something else, to a topic whose last message with RETAIN 1 the broker has acknowledged.",
		"After a restart a PLC has no value until the next change, which may be hours away; nor has one that subscribes again to get it once more.")

	retainHandling1 = retainRule("m5-retain-handling-1",
		rules.Clauses{V5: {"MQTT-3.3.1-10"}},
		"Retain Handling 1 brings retained messages to new subscriptions only",
		"A client asks for Retain Handling 1 and the capture shows what is retained and whether the subscription existed.",
		"A PLC that renews its subscriptions gets old values as if they were new, or misses them where it has none.")

	retainHandling2 = retainRule("m5-retain-handling-2",
		rules.Clauses{V5: {"MQTT-3.3.1-11"}},
		"Retain Handling 2 brings no retained messages",
		"A client asks for Retain Handling 2 for a topic with a retained message.",
		"A PLC that wants to hear of changes only acts on an old value at each subscription.")
)
