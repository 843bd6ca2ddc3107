package s7comm

import "plcscope/internal/wire"

// variables reads jobs and answers of Read Var and Write Var.
func (p *PDU) variables(n int, t *wire.Tree) error {
	if len(p.Param) < 2 {
		p.fail(p.origin+n+1, fItemCount, "is cut off", "")
		return p.finishData(n, t)
	}
	count := int(p.Param[1])
	if t != nil {
		t.Uint(fItemCount, n+1, 1, uint64(count))
	}
	data := n + len(p.Param)
	if p.S7.ROSCTR == ROSCTRJob {
		err := p.items(count, 2, n, t)
		if p.Function == FunctionWrite {
			return p.values(count, data, true, t)
		}
		if len(p.Data) > 0 {
			t.Data(fDataBytes, data, p.Data)
		}
		return err
	}
	if len(p.Param) > 2 {
		t.Data(fParamBytes, n+2, p.Param[2:])
	}
	if p.Function == FunctionWrite {
		if len(p.Data) == 0 && p.S7.Error != 0 {
			return nil
		}
		return p.returnCodes(count, data, t)
	}
	if len(p.Data) == 0 && p.S7.Error != 0 { // refused as a whole
		return nil
	}
	return p.values(count, data, false, t)
}

// finishData adds an unread data part.
func (p *PDU) finishData(n int, t *wire.Tree) error {
	if len(p.Data) > 0 {
		t.Data(fDataBytes, n+len(p.Param), p.Data)
	}
	if p.bad {
		return &p.malformed
	}
	return nil
}
