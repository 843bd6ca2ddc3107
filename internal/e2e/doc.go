// Package e2e holds plcscope against real software: clients and brokers that many
// plants run talk to each other over the loopback interface, tcpdump captures what
// they say, and plcscope judges it. What goes in are those programs; what comes out
// is a test result and docs/interoperability.md. Two things are demanded:
//
//   - well-behaved software is accused of nothing. The few findings that are true
//     defects of a client or a broker stand in known_test.go, each with its reason,
//     and an entry that no longer occurs fails the test;
//   - every deviation that PLC function blocks are known for is found when it is
//     done to a real broker, under the right clause, and nothing else is.
//
// The same is demanded of S7 with Snap7 as controller and as client: the values shown
// are those that were written, the fields are tshark's, the inventory knows the
// controller as it knows itself, and Snap7 is told only of what it does wrong.
//
// It is a module of its own, so that the clients and the broker that it links
// stay out of the product's dependencies. It is run by
//
//	cd internal/e2e && go test ./...
//
// and needs tcpdump (with the right to capture), tshark, mosquitto and its clients,
// and for the clients in other languages gcc with libpaho-mqtt-dev, python3 with
// paho-mqtt, and Node with peers/mqttjs and peers/snap7 installed by npm ci. What is missing is
// skipped, visibly; where the environment says CI=true it fails the test instead.
package e2e
