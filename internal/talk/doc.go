// Package talk tests rules by conversations: it runs crafted captures the whole way
// from frames to verdicts, damages them in every way that captures are damaged, and
// holds the verdicts to what a rule may say then. What is said in a conversation, and
// which engine listens, is the business of each catalogue's own tests.
package talk
