package index_test

import (
	"slices"
	"testing"

	"plcscope/flows/index"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/s7comm"
)

// TestUserdataAnswers lets a panel give all its requests the same reference: only what
// says that it is a response answers.
func TestUserdataAnswers(t *testing.T) {
	say := func(kind s7comm.UserdataType) []byte {
		return s7comm.AppendUserdata(nil, 1, s7comm.Userdata{Function: s7comm.FunctionCPU, Type: kind, Group: s7comm.GroupCPU, Subfunction: 1})
	}
	ask, answer, push := say(s7comm.UserdataRequest), say(s7comm.UserdataResponse), say(s7comm.UserdataPush)
	frames := craft.Connection("10.0.0.5:2000", "10.0.0.1:102").
		Client(s7comm.AppendCR(nil, 1, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 2}, 1024)).
		Server(s7comm.AppendCC(nil, 1, 1, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 2}, 1024)).
		Client(ask).Server(answer).Server(push).Client(ask).Server(answer).Frames()
	c := capture{open: func(testing.TB) *pcaps.Capture { return craft.Open(frames) }}
	ix := c.index(t, nil, index.Options{})
	var got []uint32
	for n := range ix.Messages() {
		q, _ := ix.Answers(n + 1)
		got = append(got, q)
	}
	if want := []uint32{0, 1, 0, 3, 0, 0, 6}; !slices.Equal(got, want) {
		t.Errorf("messages answer %v, want %v", got, want)
	}
}
