// Package variable tells which data of a controller a message is about: the address in
// STEP 7 notation, the type, the value as STEP 7 writes it, the return code, and, with a
// table of symbols, the names of what lies there.
//
// Requests and answers go in, as flows pairs them; a Joiner keeps for each connection
// what later messages refer to: subscriptions, variable tables, values to be written.
// What it hands out borrows from the message and is valid until the next one. The
// package does no input and output and trusts no length.
package variable
