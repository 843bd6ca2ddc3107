package s7comm

import (
	"strings"
	"testing"
)

func TestTransactions(t *testing.T) {
	items := []Item{AnyItem(AreaDB, 1, SizeByte, 0, 0, 4), AnyItem(AreaFlag, 0, SizeWord, 10, 0, 1)}
	var x Transactions
	var p PDU
	job := AppendReadJob(nil, 0x0200, items...)
	p.Decode(job, nil)
	x.Sent(true, &p, 7, 1000)
	clear(job) // the request is copied

	p.Decode(AppendReadAnswer(nil, 0x0200, Value{ReturnCode: ReturnSuccess, TransportSize: DataByte, Data: []byte{1, 2, 3, 4}},
		Value{ReturnCode: ReturnNoObject}), nil)
	if _, ok := x.Answered(true, &p); ok {
		t.Error("answered by the side that asked")
	}
	req, ok := x.Answered(false, &p)
	if !ok || req.Frame != 7 || req.Time != 1000 || req.Function != FunctionRead || !req.FromClient || len(req.Items) != 2 {
		t.Fatalf("request %+v, %v", req, ok)
	}
	want := "Ack_Data Read Var P#DB1.DBX0.0 BYTE 4 = 01 02 03 04 (success), MW10 (object does not exist)"
	if got := p.Summary(req); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if _, ok := x.Answered(false, &p); ok || x.Open(true) != 0 {
		t.Error("answered twice")
	}
}

// Both sides send jobs during a download, with counters of their own.
func TestTransactionsBothWays(t *testing.T) {
	var x Transactions
	send := func(fromClient bool, b []byte, frame uint64) *Request {
		var p PDU
		if err := p.Decode(b, nil); err != nil {
			t.Fatal(err)
		}
		x.Sent(fromClient, &p, frame, 0)
		req, _ := x.Answered(fromClient, &p)
		return req
	}
	download := s7(ROSCTRJob, 1, 0, FunctionDownloadBlock)
	download.Block.Name = BlockName("_0A00001P")
	answer := s7(ROSCTRAckData, 1, 0, FunctionDownloadBlock)
	answer.Block = Block{HasStatus: true, Payload: []byte{1}}

	send(true, AppendReadJob(nil, 1, AnyItem(AreaDB, 1, SizeByte, 0, 0, 1)), 1)
	send(false, download.Append(nil), 2)
	if req := send(true, answer.Append(nil), 3); req == nil || req.Frame != 2 || req.Function != FunctionDownloadBlock {
		t.Errorf("the controller's job: %+v", req)
	}
	if req := send(false, AppendAck(nil, 1, 0x8104), 4); req == nil || req.Frame != 1 || req.Function != FunctionRead {
		t.Errorf("the client's job: %+v", req)
	}
}

// Userdata has references of its own kind, and pushes answer nothing.
func TestTransactionsUserdata(t *testing.T) {
	var x Transactions
	var p PDU
	p.Decode(AppendUserdata(nil, 5, Userdata{Type: UserdataRequest, Group: GroupCPU, Subfunction: 1, HasData: true, ReturnCode: ReturnSuccess,
		TransportSize: DataOctets, Payload: []byte{0, 0x11, 0, 0}}), nil)
	x.Sent(true, &p, 1, 0)
	p.Decode(AppendReadAnswer(nil, 5), nil)
	if _, ok := x.Answered(false, &p); ok {
		t.Error("a job's answer was taken for that of a userdata request")
	}
	p.Decode(AppendUserdata(nil, 5, Userdata{Type: UserdataPush, Group: GroupCPU, Subfunction: 3}), nil)
	x.Sent(false, &p, 2, 0)
	if _, ok := x.Answered(false, &p); ok || x.Open(false) != 0 {
		t.Error("a push took part")
	}
	p.Decode(AppendUserdata(nil, 5, Userdata{Type: UserdataResponse, Group: GroupCPU, Subfunction: 1, Extended: true, Error: 0xD402}), nil)
	req, ok := x.Answered(false, &p)
	if !ok || req.Group != GroupCPU || req.Subfunction != 1 {
		t.Errorf("%+v %v", req, ok)
	}
	if got := p.Summary(req); !strings.Contains(got, "Response CPU functions Read SZL: information function not available") {
		t.Error(got)
	}
}

func TestTransactionsBound(t *testing.T) {
	var x Transactions
	var p PDU
	for ref := range uint16(1000) {
		p.Decode(AppendReadJob(nil, ref, AnyItem(AreaDB, ref, SizeByte, 0, 0, 1)), nil)
		x.Sent(true, &p, uint64(ref), 0)
	}
	if x.Open(true) != MaxOpen || x.Superseded != 1000-MaxOpen {
		t.Errorf("%d open, %d given up", x.Open(true), x.Superseded)
	}
	p.Decode(AppendReadAnswer(nil, 0), nil)
	if _, ok := x.Answered(false, &p); ok {
		t.Error("the oldest was to be given up")
	}
	p.Decode(AppendReadAnswer(nil, 999), nil)
	if req, ok := x.Answered(false, &p); !ok || req.Items[0].DB != 999 {
		t.Error("the newest was given up")
	}
	x.Reset()
	if x.Open(true) != 0 {
		t.Error("open after Reset")
	}
}

// A reference that is used again belongs to the newer request.
func TestTransactionsReuse(t *testing.T) {
	var x Transactions
	var p PDU
	for db := range uint16(3) {
		p.Decode(AppendReadJob(nil, 1, AnyItem(AreaDB, db, SizeByte, 0, 0, 1)), nil)
		x.Sent(true, &p, uint64(db), 0)
	}
	p.Decode(AppendReadAnswer(nil, 1), nil)
	if req, ok := x.Answered(false, &p); !ok || req.Items[0].DB != 2 || x.Superseded != 2 {
		t.Errorf("%+v %v, %d given up", req, ok, x.Superseded)
	}
}

func TestTransactionsAllocateNothing(t *testing.T) {
	var x Transactions
	var job, answer PDU
	job.Decode(polls[1].tpkt, nil)
	answer.Decode(polls[3].tpkt, nil)
	run := func() {
		x.Sent(true, &job, 1, 0)
		if _, ok := x.Answered(false, &answer); !ok {
			t.Fatal("not paired")
		}
	}
	run()
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}
