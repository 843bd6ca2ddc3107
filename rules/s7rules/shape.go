package s7rules

import (
	"errors"

	"plcscope/flows"
	"plcscope/s7comm"
)

// shape is what a message is, as far as rules are chosen by it.
type shape uint8

const (
	unframed       shape = iota // bytes at which no TPKT can begin
	connectRequest              // CR
	connectConfirm              // CC
	refusal                     // DR and ER
	otherTPDU                   // a TPDU that class 0 does not have, or a header that is broken
	fragment                    // a DT with data that does not end its message
	emptyDT                     // a DT without data
	otherData                   // what is not S7: S7comm-plus, TLS, MMS

	// Jobs and the answers to them, in the same order.
	jobRead
	jobWrite
	jobSetup
	jobBlock
	jobOther
	answerRead
	answerWrite
	answerSetup
	answerBlock
	answerOther
	ack // an answer without parameters: a refusal

	// Userdata.
	push
	request
	response

	oddROSCTR // an S7 message of no known kind
	shapes
)

var (
	jobs      = []shape{jobRead, jobWrite, jobSetup, jobBlock, jobOther}
	answers   = []shape{answerRead, answerWrite, answerSetup, answerBlock, answerOther}
	requests  = append([]shape{request}, jobs...)
	responses = append([]shape{ack, response}, answers...)
	messages  = append(append([]shape{push, oddROSCTR}, requests...), responses...)
	data      = append([]shape{fragment, emptyDT, otherData}, messages...)
	tpdus     = append([]shape{connectRequest, connectConfirm, refusal, otherTPDU}, data...)
)

// byFunction is the shape of a job, as the distance from jobRead.
var byFunction = func() (t [256]shape) {
	for i := range t {
		t[i] = jobOther
	}
	t[s7comm.FunctionRead], t[s7comm.FunctionWrite], t[s7comm.FunctionSetup] = jobRead, jobWrite, jobSetup
	for f := s7comm.FunctionRequestDownload; f <= s7comm.FunctionEndUpload; f++ {
		t[f] = jobBlock
	}
	return t
}()

func shapeOf(m *flows.Message) shape {
	p := m.PDU
	if m.Err != nil && noTPKT(m) {
		return unframed
	}
	if p.Kind == s7comm.KindS7 {
		switch p.S7.ROSCTR {
		case s7comm.ROSCTRJob:
			return byFunction[p.Function]
		case s7comm.ROSCTRAckData:
			return byFunction[p.Function] + answerRead - jobRead
		case s7comm.ROSCTRAck:
			return ack
		case s7comm.ROSCTRUserdata:
			switch p.Userdata.Type {
			case s7comm.UserdataRequest:
				return request
			case s7comm.UserdataResponse:
				return response
			}
			return push
		}
		return oddROSCTR
	}
	switch p.COTP.Type {
	case s7comm.CR:
		return connectRequest
	case s7comm.CC:
		return connectConfirm
	case s7comm.DR, s7comm.ER:
		return refusal
	case s7comm.DT:
		switch {
		case p.COTP.LI != 2:
			return otherTPDU
		case p.Kind == s7comm.KindNone:
			return fragment
		case p.Kind == s7comm.KindEmpty:
			return emptyDT
		}
		return otherData
	}
	return otherTPDU
}

// noTPKT reports whether m is bytes that could not be cut into a message: then its
// PDU is that of another.
func noTPKT(m *flows.Message) bool {
	_, err := s7comm.Next(m.Bytes)
	return err != nil && !errors.Is(err, s7comm.ErrShort)
}

// messageName is what reports call a message.
func messageName(m *flows.Message, s shape) string {
	p := m.PDU
	switch {
	case s == unframed:
		return "bytes"
	case s >= push && s <= response:
		return "Userdata " + p.Userdata.Type.String()
	case s == ack:
		return "Ack"
	case s == oddROSCTR:
		return p.S7.ROSCTR.String()
	case s >= jobRead:
		return p.S7.ROSCTR.String() + " " + p.Function.String()
	}
	return p.COTP.Type.String()
}
