package craft_test

import (
	"fmt"
	"time"

	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

func Example() {
	frames := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883").
		Client([]byte("hello")).
		After(time.Second).Server([]byte("good morning")).
		FIN(craft.ByClient).Frames()
	frames = craft.Then(craft.ResegmentEvery(4), craft.DuplicateFrames(craft.Mirror{}))(frames)

	capture := craft.Open(frames)
	defer capture.Close()
	var b pcaps.Batch
	for capture.Next(&b) == nil {
		fmt.Println(len(b.Frames), "frames, the last is number", b.Frames[len(b.Frames)-1].Number)
	}
	// Output: 28 frames, the last is number 28
}
