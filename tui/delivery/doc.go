// Package delivery shows the delivery audit: the ledger of messages of QoS 1 and 2, latencies, and outages.
package delivery
