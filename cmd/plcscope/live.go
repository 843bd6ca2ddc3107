package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/outlet"
	"plcscope/pcaps"
	"plcscope/pcaps/live"
	"plcscope/pcaps/write"
	"plcscope/report"
	"plcscope/report/events"
	"plcscope/rules"
)

// liveFlags are those of live that no other command has.
type liveFlags struct {
	events      []string
	publish     string
	metrics     string
	statsEvery  time.Duration
	reportEvery time.Duration
	connections int
	subjects    int
	speed       string

	pace float64 // what speed says
}

func newLive() *cobra.Command {
	var (
		in       input
		take     capturing
		hold     keeping
		out      reports
		trail    audit
		s        site
		j        judging
		x        liveFlags
		failOn   string
		required []string
		exitZero bool
	)
	c := &cobra.Command{
		Use:   "live -i INTERFACE | -r FILE",
		Short: "Watch interfaces: judge what comes, keep it, tell what happens",
		Long: `live captures from network interfaces and judges what it sees as check does, until it is
stopped: by -a, by -c, by an interrupt or by SIGTERM. Then it takes in what has come,
completes its files, and writes the report.

--events writes what happens while it does, a JSON object a line: findings, connections,
MQTT sessions and outages, control actions on controllers, statistics.
docs/schema/events.schema.json describes them. Who does not take them fast enough loses
some, which is counted, and is never waited for.

--publish sends findings to an MQTT broker, each to TOPIC/RULE, and keeps TOPIC/status.
--metrics serves counts for Prometheus.

-w keeps the frames, as one file or a ring of files; --only-findings keeps what surrounds
findings.

Frames that the kernel had to drop, because they were not taken in time, are counted; what
they touch is judged inconclusive.

Memory stays within bounds: idle connections and sessions are forgotten, and what has to
make room for others is counted in the statistics.

-r takes frames from capture files in place of interfaces, for a trial, with --speed in their
own time.

Signals: SIGHUP reads the profile and the baseline anew and opens the files of events
anew, SIGUSR1 writes the reports. Exit codes are those of check; an interrupt that stops
it is no failure.`,
		Example: `  plcscope live -i eth0
  plcscope live -i eth0 -w ring.pcapng -b filesize:100000 -b files:20 --events events.jsonl
  plcscope live -i eth0 --events - | jq 'select(.event == "finding")'
  plcscope live -i eth0 -a duration:3600 --output html=report.html
  plcscope live -r plant.pcapng --speed 1 --events -`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			least, err := rules.ParseSeverity(failOn)
			if err != nil {
				return err
			}
			if err := errors.Join(j.valid(), hold.valid(), take.valid(cmd, in.decodeAs), x.valid(cmd, &in, &take)); err != nil {
				return err
			}
			if len(in.files) == 0 {
				take.confine()
			}
			if err := s.load(catalogue()); err != nil {
				return err
			}
			if out.verbose {
				s.tell(os.Stderr)
			}
			must, err := requirements(required, catalogue(), &s)
			if err != nil {
				return err
			}
			reports := &liveReports{reports: &out}
			if reports.stdout, err = x.stdout(cmd, hold.name); err != nil {
				return err
			}
			if err := out.open(cmd, in.inputs(nil, s.profile.File, s.baseline)); err != nil {
				return err
			}
			j.subjects = x.subjects
			m := newMonitor(&monitor{in: &in, site: &s, judge: &j, out: &out, trail: &trail, least: least})
			if err := m.eventsTo(x.events, cmd.OutOrStdout()); err != nil {
				return err
			}
			defer m.closeOutlets()
			if err := m.publishTo(x.publish); err != nil {
				return err
			}
			src, cfg, err := x.source(cmd.Context(), &in, &take)
			if err != nil {
				return err
			}
			defer src.Close()
			if m.archive, err = hold.open(src, take.text, cmd.OutOrStdout(), m.alert); err != nil {
				return err
			}
			m.tap = newTap(src, m.archive, take.count)
			stop, err := m.serveMetrics(x.metrics)
			if err != nil {
				return err
			}
			defer stop()
			observers, err := m.observers(&cfg)
			if err != nil {
				return err
			}
			r, err := m.run(cmd.Context(), cfg, observers, reports, &x, &take)
			if err != nil {
				return err
			}
			return verdict(r, must, exitZero)
		},
	}
	in.flags(c)
	take.flags(c)
	hold.flags(c)
	out.flags(c)
	trail.flags(c)
	f := c.Flags()
	f.Lookup("read").Usage = "capture `FILE` to read in place of interfaces, for a trial; - is standard input; repeat for more"
	f.StringVar(&x.speed, "speed", "max", "with -r, `N` times as fast as captured; max, or 0, does not wait at all")
	f.StringArrayVar(&x.events, "events", nil, "write events to `FILE`, - for standard output, syslog for the system's log; repeat for more")
	f.StringVar(&x.publish, "publish", "", "publish findings at an MQTT broker, below a topic, as in `mqtt://user@host:1883/plant/plcscope`; mqtts for TLS; the password may stand in "+outlet.PasswordVariable)
	f.StringVar(&x.metrics, "metrics", "", "serve metrics for Prometheus at `ADDRESS`, as in :9100, which is 127.0.0.1:9100")
	f.DurationVar(&x.statsEvery, "stats-every", time.Minute, "how often statistics are told as an event; 0 for never")
	f.DurationVar(&x.reportEvery, "report-every", 0, "write the reports this often, too")
	f.IntVar(&x.connections, "connections", 100_000, "most TCP connections that are followed at a time; the one that was idle for longest makes room")
	f.IntVar(&x.subjects, "subjects", 2_000, "most clients and servers that are kept apart in the report, of each kind of rules; the others share a line")
	f.StringVar(&failOn, "fail-on", "error", "least `SEVERITY` that makes the run fail: info, warning or error")
	f.StringArrayVar(&required, "require-exercised", nil, "end with 4 when a rule, or a share of the rules, was not put to the test: `RULE|N%`; repeat for more")
	f.BoolVar(&exitZero, "exit-zero", false, "end with 0 whatever was found")
	f.StringVar(&s.baseline, "baseline", "", "`FILE` with the findings that are known: only others make the run fail; see plcscope baseline write")
	s.flags(c)
	j.flags(c)
	return c
}

// Bounds of who runs without an end.
const (
	maxFindings = 50_000 // kept in full
	maxSessions = 20_000 // MQTT sessions without a connection, of which the rules know
)

// valid reports what makes no sense.
func (x *liveFlags) valid(c *cobra.Command, in *input, take *capturing) (err error) {
	if x.pace, err = parseSpeed(x.speed); err != nil {
		return err
	}
	switch {
	case len(in.files) > 0 && len(take.names) > 0:
		return errors.New("-i and -r: name interfaces or files")
	case len(in.files) == 0 && c.Flags().Changed("speed"):
		return errors.New("--speed goes with -r FILE: an interface has its own time")
	case x.statsEvery < 0 || x.statsEvery > 0 && x.statsEvery < time.Second:
		return fmt.Errorf("--stats-every %s: want a second or more", x.statsEvery)
	case x.reportEvery < 0 || x.reportEvery > 0 && x.reportEvery < time.Second:
		return fmt.Errorf("--report-every %s: want a second or more", x.reportEvery)
	case x.subjects < 1:
		return fmt.Errorf("--subjects %d: want 1 or more", x.subjects)
	case x.connections < 1:
		return fmt.Errorf("--connections %d: want 1 or more", x.connections)
	}
	return nil
}

// stdout is where the report for standard output goes: nowhere when something else does.
func (x *liveFlags) stdout(c *cobra.Command, kept string) (io.Writer, error) {
	taken := ""
	for _, e := range x.events {
		if e == "-" {
			taken = "--events -"
		}
	}
	if kept == "-" {
		if taken != "" {
			return nil, errors.New("-w - and --events - both write to standard output")
		}
		taken = "-w -"
	}
	switch {
	case taken == "":
		return c.OutOrStdout(), nil
	case c.Flags().Changed("format"):
		return nil, fmt.Errorf("--format: standard output has what %s writes; name a file with --output", taken)
	}
	return nil, nil
}

// liveSource yields frames and can be closed.
type liveSource interface {
	flows.Source
	Close() error
}

// source opens the interfaces, or the files in their place.
func (x *liveFlags) source(ctx context.Context, in *input, take *capturing) (liveSource, flows.Config, error) {
	if len(in.files) > 0 {
		c, cfg, err := in.open(ctx, nil)
		cfg.Tracker.TCP.MaxConnections = x.connections
		switch {
		case errors.Is(err, context.Canceled):
			return mute{}, cfg, nil // stopped before a byte came: the report says so
		case err != nil:
			return nil, cfg, err
		}
		r, err := newRecorded(c, x.pace)
		return r, cfg, err
	}
	cfg := flows.Config{Tracker: flows.Options{
		TCP:      tcp.Options{KeyVLAN: in.keyVLAN, MaxConnections: x.connections},
		DecodeAs: flows.DecodeAs{},
	}}
	for _, d := range in.decodeAs {
		if err := cfg.Tracker.DecodeAs.Add(d); err != nil {
			return nil, cfg, err
		}
	}
	c, err := take.open()
	return c, cfg, err
}

// alert tells of trouble with the disk, or its end.
func (m *monitor) alert(a write.Alert) {
	level := "error"
	if a.Err == nil {
		level = "info"
	}
	m.notice(level, a.String())
}

// run analyses until the capture ends, and returns the report, which is written.
func (m *monitor) run(ctx context.Context, cfg flows.Config, observers []flows.Observer, reports *liveReports, x *liveFlags, take *capturing) (*report.Report, error) {
	ignorePipes()
	start := &events.Start{Tool: tool(), Interfaces: []string{}, Profile: m.site.profile.File}
	if m.tap.live != nil {
		start.Interfaces, start.Filter = take.names, take.text(pcaps.LinkEthernet)
		fmt.Fprintf(os.Stderr, "plcscope: capturing on %s\n", report.Clean(strings.Join(take.names, ", ")))
	}
	m.log.Tell(time.Now().UnixNano(), start)
	attended := make(chan struct{})
	go func() {
		defer close(attended)
		m.attend(ctx, reports, x, take.lasts)
	}()
	cfg.Calls = m.calls
	if m.archive != nil {
		cfg.Batch = m.archive.analysed
	}
	totals, err := flows.Analyse(context.WithoutCancel(ctx), m.tap, cfg, observers...)
	close(m.over)
	<-attended
	if m.archive != nil {
		if e := m.archive.close(); e != nil {
			m.notice("error", e.Error())
		}
	}
	m.tellLoss()
	if err != nil {
		m.notice("error", err.Error())
		err = asUnreadable(err)
	}
	r := m.result(&totals, m.x.books, &m.site.excuses)
	r.Delivery = m.trail.result()
	names, whole, e := reports.write(r, true)
	m.tellReport(names, whole, e)
	reason := m.tap.reason
	if _, stopped := m.tap.src.(mute); stopped {
		reason = "interrupted"
	} else if reason == "" {
		reason = "end of capture"
	}
	m.log.Tell(time.Now().UnixNano(), &events.End{Failed: r.Failed(), Reason: reason, Total: m.counts(&totals)})
	m.farewell(&totals)
	return r, errors.Join(err, e)
}

// farewell says on standard error what came in and what was lost.
func (m *monitor) farewell(t *flows.Totals) {
	fmt.Fprintf(os.Stderr, "plcscope: %s", plural(int64(t.Frames), "frame"))
	if m.tap.live != nil {
		var dropped uint64
		for _, s := range m.told {
			dropped += s.Dropped
		}
		fmt.Fprintf(os.Stderr, ", %d dropped by the kernel", dropped)
	}
	if m.archive != nil {
		written, lost, _ := m.archive.counts()
		fmt.Fprintf(os.Stderr, ", %d written, %d lost to the files", written, lost)
	}
	fmt.Fprintln(os.Stderr)
}

// tellLoss tells what the kernel has dropped since the last time, and of interfaces that
// come and go.
func (m *monitor) tellLoss() {
	if m.tap.live == nil {
		return
	}
	last, now := m.told, m.tap.live.Stats()
	m.told = now
	names := m.tap.live.Interfaces()
	for i, s := range now {
		var was live.Stats
		if i < len(last) {
			was = last[i]
		}
		if n := s.Dropped - was.Dropped; n > 0 {
			m.log.Tell(time.Now().UnixNano(), &events.Loss{Interface: names[i].Name, Dropped: n, Total: s.Dropped})
		}
		if s.Downs > was.Downs {
			m.notice("warning", fmt.Sprintf("%s went down", names[i].Name))
		}
		switch {
		case s.Away && !was.Away:
			m.notice("error", fmt.Sprintf("%s has vanished; it is waited for", names[i].Name))
		case was.Away && !s.Away:
			m.notice("info", fmt.Sprintf("%s is there again", names[i].Name))
		}
	}
}
