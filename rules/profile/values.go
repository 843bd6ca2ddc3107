package profile

import "plcscope/flows/bridge"

// values reads which value of a controller is published where.
func (b *builder) values(list []carried) {
	if len(list) > bridge.MaxMappings {
		b.errorf(list[bridge.MaxMappings].At, "at most %d values", bridge.MaxMappings)
		return
	}
	for i := range list {
		v := &list[i]
		m, err := bridge.Spec{
			Controller: v.Controller.Text, Address: v.Address.Text, Symbol: v.Symbol.Text, Type: v.Type.Text, Topic: v.Topic.Text, Path: v.Path.Text,
		}.Mapping()
		if err != nil {
			b.errorf(v.At, "%v", err)
			continue
		}
		b.p.Values = append(b.p.Values, m)
	}
}
