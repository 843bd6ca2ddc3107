package packets

import (
	"fmt"
	"strings"

	"plcscope/tui/pane"
)

// Commands implements pane.Commander.
func (v *view) Commands() []pane.Command {
	return []pane.Command{
		{Name: "goto", Args: "FRAME", Help: "Go to a frame by its number.", Do: v.goTo},
		{
			Name: "columns", Args: "NAME...|+NAME|-NAME|PRESET", Complete: completeColumns, Do: v.setColumns,
			Help: "Choose the columns of the packet list: no, time, source, destination, protocol, length, info, stream, client, any field as mqtt.topic, or default, mqtt, s7, sessions, tcp.",
		},
		{Name: "stream", Help: "Follow the connection of the selected frame as messages.", Do: func(string) error { v.followStream(); return nil }},
	}
}

func (v *view) setColumns(arg string) error {
	if arg == "" {
		v.d.Say("columns: %s", strings.Join(v.rows.columns, " "))
		return nil
	}
	c, err := parseColumns(arg, v.rows.columns)
	if err != nil {
		return err
	}
	v.rows.columns = c
	v.rows.forget()
	v.grid.SetColumns(c.table(v.d.Words()))
	return nil
}

// asColumn makes the selected field a column, or no longer.
func (v *view) asColumn() {
	k := v.tree.node()
	if k < 0 || v.shown.nodes[k].field == nil {
		v.d.Say("what is selected is no field")
		return
	}
	name, sign := v.shown.nodes[k].field.Name, "+"
	for _, c := range v.rows.columns {
		if c == name {
			sign = "-"
		}
	}
	if err := v.setColumns(sign + name); err != nil {
		v.d.Complain(err)
		return
	}
	if sign == "+" {
		v.d.Say("%s is a column now; C takes it away again, :columns default as well", name)
	}
}

// Keep implements pane.Keeper.
func (v *view) Keep() map[string]string {
	return map[string]string{
		"columns": strings.Join(v.rows.columns, " "),
		"frame":   fmt.Sprint(v.frame),
		"sizes":   fmt.Sprint(v.size.list, " ", v.size.tree),
	}
}

// Restore implements pane.Keeper.
func (v *view) Restore(m map[string]string) {
	if c, err := parseColumns(m["columns"], nil); err == nil {
		v.rows.columns = c
		v.rows.forget()
	}
	var frame uint32
	if _, err := fmt.Sscan(m["frame"], &frame); err == nil && !v.d.Scope().Live() {
		v.frame = frame
	}
	var s sizes
	if _, err := fmt.Sscan(m["sizes"], &s.list, &s.tree); err == nil {
		v.size = s
		v.resize(0)
	}
}
