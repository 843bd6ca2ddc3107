package variable

import "plcscope/s7comm"

// Subfunctions that end or change jobs; see s7comm.SubfunctionName.
const (
	cyclicModify = 7
	testModify   = 0x08
	testForce    = 0x09
	testDelete   = 0x0F
	testReplace  = 0x12
)

// cyclic reads what is sent again and again: the request names the addresses, and the
// answer and each push under the number of the job bring the values.
func (j *Joiner) cyclic(m Message) {
	u := &m.PDU.Userdata
	switch u.Type {
	case s7comm.UserdataRequest:
		if job, ok := u.Unsubscribed(); ok {
			j.end(m, u.Group, job)
			return
		}
		c, ok := u.CyclicJob()
		if !ok {
			return
		}
		j.addAll(Cyclic, !m.FromClient, false, c.Items, nil, false)
		if u.Subfunction == cyclicModify { // what it makes of the job is not known
			j.end(m, u.Group, u.Sequence)
			return
		}
		j.keep(m, Cyclic, c.Items, nil)
	case s7comm.UserdataResponse:
		a := j.begun(m)
		j.addAll(Cyclic, m.FromClient, true, a.fitting(u.CyclicValues()), u.CyclicValues(), true)
	case s7comm.UserdataPush:
		a := j.running(m, u.Subfunction)
		j.addAll(Cyclic, m.FromClient, true, a.fitting(u.CyclicValues()), u.CyclicValues(), true)
	}
}

// table reads the variable tables of engineers: watched, modified and forced variables.
func (j *Joiner) table(m Message) {
	u := &m.PDU.Userdata
	if u.Type == s7comm.UserdataResponse {
		j.begun(m)
		return
	}
	t, ok := u.TestJob()
	if !ok {
		return
	}
	if u.Type == s7comm.UserdataPush {
		a := j.running(m, u.Subfunction)
		switch t.Function {
		case testModify, testForce:
			j.changed(m, a, t.Data)
		default:
			values := t.Values()
			j.addAll(Watch, m.FromClient, true, a.fitting(values), values, true)
		}
		return
	}
	if t.Function == testDelete || t.Function == testReplace {
		if _, job, ok := t.Job(); ok {
			j.end(m, u.Group, job)
		}
		return
	}
	list, values := t.Variables()
	if len(list) == 0 {
		return
	}
	act := Watch
	switch t.Function {
	case testModify:
		act = Modify
	case testForce:
		act = Force
	}
	items := make([]s7comm.Item, len(list))
	for i := range list {
		items[i], _ = list[i].Item()
	}
	j.addAll(act, !m.FromClient, false, items, values, false)
	j.keep(m, act, items, values)
}

// changed reads what became of variables that job a, which may be nil, has modified or
// forced: their number and a return code for each.
func (j *Joiner) changed(m Message, a *asked, b []byte) {
	if a == nil || len(b) < 2 || int(b[0])<<8|int(b[1]) != len(a.items) || len(b)-2 < len(a.items) || len(a.values) != len(a.items) {
		return
	}
	for i := range a.items {
		v := j.add(a.act, m.FromClient, true)
		v.at(a.items[i])
		v.Raw, v.Code, v.Coded = a.values[i].Data, s7comm.ReturnCode(b[2+i]), true
	}
}

// begun makes a job of the request that m answers, under the number that the answer
// gives it, unless it was refused. The result may be nil.
func (j *Joiner) begun(m Message) *asked {
	a := j.answered(m)
	if a == nil {
		return nil
	}
	u := &m.PDU.Userdata
	if u.Error != 0 || u.Sequence == 0 || a.group != u.Group {
		j.free = append(j.free, a)
		return nil
	}
	a.number = u.Sequence
	j.end(Message{FromClient: a.fromClient}, a.group, a.number)
	if len(j.jobs) == maxJobs {
		j.free = append(j.free, j.jobs[0])
		j.jobs = append(j.jobs[:0], j.jobs[1:]...)
	}
	j.jobs = append(j.jobs, a)
	return a
}

// running is the job for which m pushes values, or nil.
func (j *Joiner) running(m Message, function uint8) *asked {
	u := &m.PDU.Userdata
	for _, a := range j.jobs {
		if a.number == u.Sequence && a.group == u.Group && a.function == function && a.fromClient != m.FromClient {
			return a
		}
	}
	return nil
}

// end forgets a job of the side that has sent m.
func (j *Joiner) end(m Message, g s7comm.Group, number uint8) {
	for i, a := range j.jobs {
		if a.number == number && a.group == g && a.fromClient == m.FromClient {
			j.free = append(j.free, a)
			j.jobs = append(j.jobs[:i], j.jobs[i+1:]...)
			return
		}
	}
}

// fitting are the addresses of a job, when they are as many as the values and those are
// of their lengths: another job may have taken its number unseen.
func (a *asked) fitting(values []s7comm.Value) []s7comm.Item {
	if a == nil || len(a.items) != len(values) {
		return nil
	}
	for i := range values {
		if n := a.items[i].Bytes(); n > 0 && values[i].Data != nil && n != len(values[i].Data) {
			return nil
		}
	}
	return a.items
}
