package s7rules

import (
	"plcscope/rules"
	"plcscope/s7comm"
)

var db1 = s7comm.BlockName("_0A00001P")

func blockJob(ref uint16, f s7comm.Function, id uint32, name s7comm.BlockName) []byte {
	return message(s7comm.ROSCTRJob, ref, f, func(p *s7comm.PDU) {
		p.Block.UploadID, p.Block.Name = id, name
		if f == s7comm.FunctionRequestDownload {
			p.Block.Lengths = []byte("1000500000400")
		}
	})
}

func blockAnswer(ref uint16, f s7comm.Function, id uint32, payload ...byte) []byte {
	return message(s7comm.ROSCTRAckData, ref, f, func(p *s7comm.PDU) {
		k := &p.Block
		if f == s7comm.FunctionStartUpload {
			k.HasStatus, k.Unknown, k.UploadID, k.LengthStr = true, []byte{1, 0}, id, []byte("0000004")
		}
		if payload != nil {
			k.HasStatus, k.Payload = true, payload
		}
	})
}

// fetch are the controller's jobs of a download and the client's answers.
func (t *line) fetch() *line {
	t.s(blockJob(100, s7comm.FunctionDownloadBlock, 0, db1)).c(blockAnswer(100, s7comm.FunctionDownloadBlock, 0, 1, 2, 3, 4))
	return t.s(blockJob(101, s7comm.FunctionDownloadEnded, 0, db1)).c(blockAnswer(101, s7comm.FunctionDownloadEnded, 0))
}

var blockConversations = []conversation{
	{rule: "s7-block-direction", name: "the client pushes", want: rules.Fail, say: func(t *line) {
		t.login(1).c(blockJob(1, s7comm.FunctionRequestDownload, 0, db1)).s(blockAnswer(1, s7comm.FunctionRequestDownload, 0))
		t.c(blockJob(2, s7comm.FunctionDownloadBlock, 0, db1)).s(refused(2, 0x8404)).bye()
	}},
	{rule: "s7-block-direction", name: "the controller fetches", want: rules.Pass, say: func(t *line) {
		t.login(1).c(blockJob(1, s7comm.FunctionRequestDownload, 0, db1)).s(blockAnswer(1, s7comm.FunctionRequestDownload, 0)).fetch().bye()
	}},
	{rule: "s7-block-order", name: "download not requested", want: rules.Fail, say: func(t *line) { t.login(1).fetch().bye() }},
	{rule: "s7-block-order", name: "unknown upload", want: rules.Fail, say: func(t *line) {
		t.login(1).c(blockJob(1, s7comm.FunctionStartUpload, 0, db1)).s(blockAnswer(1, s7comm.FunctionStartUpload, 7))
		t.c(blockJob(2, s7comm.FunctionUpload, 8, nil)).s(refused(2, 0x8401)).bye()
	}},
	{rule: "s7-block-order", name: "download goes on after its end", want: rules.Fail, say: func(t *line) {
		t.login(1).c(blockJob(1, s7comm.FunctionRequestDownload, 0, db1)).s(blockAnswer(1, s7comm.FunctionRequestDownload, 0)).fetch().fetch().bye()
	}},
	{rule: "s7-block-order", name: "upload goes on after its end", want: rules.Fail, say: func(t *line) {
		t.login(1).c(blockJob(1, s7comm.FunctionStartUpload, 0, db1)).s(blockAnswer(1, s7comm.FunctionStartUpload, 7))
		t.c(blockJob(3, s7comm.FunctionEndUpload, 7, nil)).s(blockAnswer(3, s7comm.FunctionEndUpload, 0))
		t.c(blockJob(4, s7comm.FunctionUpload, 7, nil)).s(refused(4, 0x8401)).bye()
	}},
	{rule: "s7-block-order", name: "download", want: rules.Pass, say: func(t *line) {
		t.login(1).c(blockJob(1, s7comm.FunctionRequestDownload, 0, db1)).s(blockAnswer(1, s7comm.FunctionRequestDownload, 0)).fetch().bye()
	}},
	{rule: "s7-block-order", name: "upload", want: rules.Pass, say: func(t *line) {
		t.login(1).c(blockJob(1, s7comm.FunctionStartUpload, 0, db1)).s(blockAnswer(1, s7comm.FunctionStartUpload, 7))
		t.c(blockJob(2, s7comm.FunctionUpload, 7, nil)).s(blockAnswer(2, s7comm.FunctionUpload, 0, 1, 2, 3, 4))
		t.c(blockJob(3, s7comm.FunctionEndUpload, 7, nil)).s(blockAnswer(3, s7comm.FunctionEndUpload, 0)).bye()
	}},
}
