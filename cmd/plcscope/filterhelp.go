package main

import "github.com/spf13/cobra"

// newFilterHelp is a help topic: plcscope help filters.
func newFilterHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "filters",
		Short: "The language of display filters, -Y",
		Long: `-Y FILTER takes a display filter in Wireshark's language and means what tshark -Y means.
The test is put to each frame with all its headers and all messages that it completes.

  is it there           mqtt.topic        s7comm        not arp
  equal, other, order   == != < > <= >=   or eq ne lt gt le ge
  one of several        tcp.port in {1883, 8883, 1880..1890}
  a part                mqtt.topic contains "press"     s7comm contains 32:01
  regular expression    mqtt.topic matches "^plant/"    case matters after (?-i)
  both, one, not, xor   and && or || not ! xor ^^ and parentheses
  some bytes            eth.src[0:3] == 00:1b:1b        tcp[-2:]   ip.addr[3]
  a bit                 tcp.flags & 0x02
  a computation         tcp.len + 20 > 100              frame.number % 2 == 1
  functions             len() count() upper() lower() string() max() min() abs()
  all, any values       all tcp.port > 1024             any ip.addr != 10.0.0.1
  one layer             ip.addr#2 == 10.0.0.1

Where a field occurs several times, any value will do; != wants all to differ. Nothing
holds of a field that is not there. Numbers may be decimal, 0x, 0, 0b or 'A'; addresses
may have a prefix; times are seconds or dates in quotation marks.

Beside the fields of Wireshark there are:

  plcscope.client       client identifier of the MQTT connection
  plcscope.session      client identifier and broker
  plcscope.rule         rules that the frame has broken (files only, no pipe)
  plcscope.severity     error, warning or info
  plcscope.s7.address, plcscope.s7.value, plcscope.symbol
                        S7 data, and what --symbols calls them

plcscope read -G fields lists all fields.`,
	}
}
