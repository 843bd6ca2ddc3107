package main

import (
	"encoding/json"
	"os"

	"plcscope/bench/gen"
)

// yardstick is the capture on which speed is quoted.
var yardstick = gen.Plan{
	Publishers: 100, Subscribers: 4, Messages: 2500, Payload: 48, Pollers: 100, Polls: 3300,
	Levels: []byte{3, 4, 4, 5}, Retransmitted: 0.002, Reordered: 0.002,
}

// produce writes a capture, and the truth about it beside it.
func produce(name string, plan gen.Plan) (gen.Truth, error) {
	file, err := os.Create(name)
	if err != nil {
		return gen.Truth{}, err
	}
	truth, err := gen.Write(file, plan)
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return truth, err
	}
	text, err := json.MarshalIndent(truth, "", "  ")
	if err != nil {
		return truth, err
	}
	return truth, os.WriteFile(name+".json", append(text, '\n'), 0o666)
}
