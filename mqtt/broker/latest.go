package broker

// Latest is the number of the latest publication under the topic, 0 for none; see
// Broker.Publication and Broker.Before.
func (t *Topic) Latest() uint64 { return t.last }

// Subscribers is how many clients have subscriptions, or had.
func (b *Broker) Subscribers() int { return b.admitted }
