// Package index keeps a capture as rows that lead back to its bytes, for a reader who
// jumps about in it: the terminal interface.
//
// A Builder observes the analysis like everybody else and fills an Index, which others
// read while it grows. What it keeps of a frame are 32 bytes (time, place in the file,
// connection, flags) and of a message 40 (frame, connection, kind, identifier, topic,
// place in the stream, checksum); connections, MQTT sessions and topics are summed up.
// Everything else is read again when it is asked for: a Reader decodes frames and puts
// messages together anew from the frames that they came in.
//
//	ix, b := index.New(capture, index.Options{})
//	go b.Build(ctx, flows.Config{}, engine) // rules and others look on
//	r := ix.NewReader()                     // one for each goroutine
//	for _, n := range ix.MessagesOf(conn, nil, 0) {
//		m, _ := ix.Message(n)   // from memory
//		v, err := r.Message(n)  // from the file, decoded, with its fields
//	}
//
// Frames and messages are numbered from 1, connections from 0, sessions from 1. Rows
// are immutable once they are there, and readers take no lock for them. Lists of
// connections, sessions and topics are as fresh as the latest batch once somebody has
// asked for them; Changed tells when there is news. What a connection's bytes were is
// only trusted when their checksum is right: a file that was changed, cut or rotated
// away since gives an error, never other bytes.
//
// Pipes, live traffic and compressed files cannot be read twice; their frames are kept
// in temporary files up to a bound, and the oldest are given up beyond it. Every table
// has a bound, too, and Progress.Lost counts what came beyond.
package index
