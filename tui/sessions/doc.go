// Package sessions lists MQTT sessions and S7 partners: who they are, how they stand, how
// much they say and what was found about them. A row unfolds into the connections that the
// session has had. The user selects those to be looked at together in the ladder.
//
// What the index knows of sessions is copied when there is news, sorted and narrowed
// there, and drawn row by row; connections are only looked at for rows on the screen,
// unless the list is sorted by what they tell.
package sessions
