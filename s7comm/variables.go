package s7comm

import "plcscope/internal/wire"

// variables reads the parameter part of Read Var and Write Var: in jobs the addresses,
// in answers only their number.
func (p *PDU) variables(n int, t *wire.Tree) {
	if len(p.Param) < 2 {
		p.fail(p.origin+n+1, fItemCount, "is cut off", "")
		return
	}
	if t != nil {
		t.Uint(fItemCount, n+1, 1, uint64(p.Param[1]))
	}
	if p.S7.ROSCTR == ROSCTRJob {
		p.items(int(p.Param[1]), n, t)
	} else if len(p.Param) > 2 {
		t.Data(fSurplus, n+2, p.Param[2:])
	}
}

// variableData reads the data part of Read Var and Write Var.
func (p *PDU) variableData(n int, t *wire.Tree) {
	count := 0
	if len(p.Param) > 1 {
		count = int(p.Param[1])
	}
	job := p.S7.ROSCTR == ROSCTRJob
	switch {
	case job == (p.Function == FunctionWrite):
		if !job && len(p.Data) == 0 && p.S7.Error != 0 {
			return // refused as a whole
		}
		p.values(count, n, t)
	case job:
		if len(p.Data) > 0 {
			t.Data(fSurplus, n, p.Data)
		}
	default:
		if len(p.Data) == 0 && p.S7.Error != 0 {
			return
		}
		p.returnCodes(count, n, t)
	}
}
