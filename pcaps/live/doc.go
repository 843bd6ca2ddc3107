// Package live captures frames from network interfaces. On Linux it maps the rings of
// AF_PACKET sockets (TPACKET_V3) into memory, without libpcap and without cgo. On
// Windows it loads Npcap, without cgo, too. Built with cgo and the tag libpcap, it
// captures through libpcap: so on macOS, and on Linux for the tests, which are the same
// for both. Other builds say that they cannot capture.
//
// Names of interfaces come in, batches of frames go out, in the order of their times
// over all interfaces, with VLAN tags back in their places. A frame is handed out at
// most about a tenth of a second after it came. Frames are copied once, into the batch,
// so that a slow reader never touches memory that the kernel writes; nothing is
// allocated per frame. (libpcap copies once more: a goroutine for each interface reads
// ahead.) What the kernel had to drop is counted, never guessed.
package live
