package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"plcscope/flows/delivery"
	"plcscope/report"
	"plcscope/rules"
	"plcscope/rules/profile"
)

// site is what a profile and a baseline say to those who judge.
type site struct {
	file     string // of the profile; "" is the one in the working directory
	baseline string
	today    string

	profile *profile.Profile // that says nothing when there is none
	excuses report.Excuses
}

func (s *site) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.file, "profile", "", "`FILE` with names, tolerances, waivers and rules of the site; without it "+profile.FileName+" in the working directory, if there is one; none for no profile")
	f.StringVar(&s.today, "today", "", "the `DATE` by which waivers expire")
	_ = f.MarkHidden("today") // it is for tests; the flag exists
}

// load reads the profile and the baseline. It returns the rules of the catalogue that
// the profile names wrongly as an error.
func (s *site) load(catalogue []*rules.Rule) error {
	if s.today == "" {
		s.today = time.Now().Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, s.today); err != nil {
		return fmt.Errorf("--today %s: want a date such as 2026-12-31", s.today)
	}
	name := s.file
	switch name {
	case "":
		name = profile.Find()
	case "none":
		name = ""
	}
	s.profile = &profile.Profile{}
	if name != "" {
		p, err := profile.Read(name)
		if errors.As(err, new(*fs.PathError)) {
			return fmt.Errorf("profile %s: %w", name, bare(err))
		}
		if err != nil {
			return err
		}
		if err := p.Check(catalogue); err != nil {
			return err
		}
		s.profile = p
	}
	for i := range s.profile.Waivers {
		w := &s.profile.Waivers[i]
		x := &report.Waiver{
			Rule: w.Rule, Subject: w.About(), Fingerprint: w.Fingerprint,
			Reason: w.Reason, Until: w.Expires, Expired: w.Expired(s.today),
		}
		if w.Whom != nil {
			x.For = w.Whom.Is
		}
		s.excuses.Waivers = append(s.excuses.Waivers, x)
	}
	if s.baseline != "" {
		f, err := os.Open(s.baseline)
		if err != nil {
			return fmt.Errorf("baseline %s: %w", s.baseline, bare(err))
		}
		defer f.Close()
		s.excuses.Baseline, err = report.ReadBaseline(f, s.baseline)
		return err
	}
	return nil
}

// tell says which profile is in force.
func (s *site) tell(w io.Writer) {
	if s.profile.File == "" {
		fmt.Fprintln(w, "plcscope: no profile")
		return
	}
	fmt.Fprintln(w, "plcscope: profile", s.profile.File)
}

// terms are what a book is kept by.
func (s *site) terms() rules.Terms {
	var t rules.Terms
	if len(s.profile.Severity) > 0 {
		t.Weigh = s.profile.Weigh
	}
	if len(s.profile.Subjects) > 0 {
		t.Label = s.profile.Label
	}
	if s.excuses.Any() {
		t.Excuse = s.excuses.Excuse
	}
	return t
}

// delivery adds to the options of an audit what the profile grants.
func (s *site) delivery(o *delivery.Options) {
	t := &s.profile.Tolerances
	o.Resend, o.Window, o.ReplyTime = int64(t.DeliveryResend), int64(t.DeliveryWindow), int64(t.Reply)
	o.Patterns = append(o.Patterns, s.profile.Replies...)
}

func newProfile() *cobra.Command {
	c := &cobra.Command{
		Use:   "profile",
		Short: "Check a profile, or begin one",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newProfileVerify(), &cobra.Command{
		Use:     "init",
		Short:   "Print a profile to start from",
		Long:    "init prints a profile that says nothing yet and shows in comments what can be said.",
		Example: "  plcscope profile init > " + profile.FileName,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), profile.Starting())
			return err
		},
	})
	return c
}

func newProfileVerify() *cobra.Command {
	var s site
	c := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Say what a profile was understood to say",
		Long: `verify reads a profile, ` + profile.FileName + ` in the working directory unless a
file is named, and says what it was understood to say. It ends with 2 and the place of
each error when there is something that it does not understand.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				s.file = args[0]
			} else if profile.Find() == "" {
				return fmt.Errorf("there is no %s here; name a file, or begin one: plcscope profile init > %s", profile.FileName, profile.FileName)
			}
			if err := s.load(catalogue()); err != nil {
				return err
			}
			s.describe(cmd.OutOrStdout())
			return s.missingSymbols()
		},
	}
	c.Flags().StringVar(&s.today, "today", "", "the `DATE` by which waivers expire")
	_ = c.Flags().MarkHidden("today") // the flag exists
	return c
}

// describe says what the profile says.
func (s *site) describe(w io.Writer) {
	defer s.describeData(w)
	p := s.profile
	fmt.Fprintf(w, "%s\n", p.File)
	for i := range p.Subjects {
		x := p.Subjects[i]
		name := x.Name
		x.Name = ""
		fmt.Fprintf(w, "  subject   %s: %s\n", report.Clean(name), report.Clean(x.String()))
	}
	for _, l := range granted(&p.Tolerances) {
		fmt.Fprintf(w, "  grants    %s\n", l)
	}
	for _, r := range catalogue() {
		x, ok := p.Severity[r.ID]
		switch {
		case !ok:
		case x.Off:
			fmt.Fprintf(w, "  off       %s\n", r.ID)
		default:
			fmt.Fprintf(w, "  severity  %s: %s, %s without the profile\n", r.ID, x.Weight, r.Severity)
		}
	}
	for i, x := range s.excuses.Waivers {
		until := "until " + x.Until
		if x.Expired {
			until = "EXPIRED on " + x.Until + " (" + p.Place(&p.Waivers[i]) + ")"
		}
		fmt.Fprintf(w, "  waiver    %s, %s: %s\n", report.Clean(x.String()), until, report.Clean(x.Reason))
	}
	for i := range p.Policy.MQTT {
		x := &p.Policy.MQTT[i]
		var parts []string
		add := func(set bool, text string) {
			if set {
				parts = append(parts, text)
			}
		}
		add(x.ClientID != nil, "client identifier")
		add(x.KeepAlive.Set(), "keep alive")
		add(x.Publish != nil, several(len(x.Publish), "topic")+" to publish")
		add(x.Subscribe != nil, several(len(x.Subscribe), "filter")+" to subscribe to")
		add(x.AckLatency.Set(), "acknowledgement latency")
		fmt.Fprintf(w, "  site      MQTT %s: %s\n", whom(&profile.Subject{Name: x.For.Name, Addresses: x.For.Addresses, ClientIDs: x.For.ClientIDs}), orNothing(parts))
	}
	for i := range p.Policy.S7 {
		x := &p.Policy.S7[i]
		var parts []string
		add := func(set bool, text string) {
			if set {
				parts = append(parts, text)
			}
		}
		add(x.Hosts != nil, several(len(x.Hosts), "host"))
		add(x.Functions != nil, several(len(x.Functions), "function"))
		add(x.Writable != nil, several(len(x.Writable), "range")+" to write")
		add(x.Answer.Set(), "answer time")
		fmt.Fprintf(w, "  site      S7 %s: %s\n", whom(&profile.Subject{Name: x.For.Name, Addresses: x.For.Addresses}), orNothing(parts))
	}
	for i := range p.Replies {
		fmt.Fprintf(w, "  replies   %s\n", report.Clean(p.Replies[i].String()))
	}
}

// describeData says what the profile says of the data of controllers.
func (s *site) describeData(w io.Writer) {
	for _, x := range s.profile.Symbols {
		of := "all controllers"
		if x.Controller.IsValid() {
			of = x.Controller.String()
		}
		fmt.Fprintf(w, "  symbols   of %s: %s\n", of, report.Clean(x.Pattern))
	}
	if n := len(s.profile.Values); n > 0 {
		fmt.Fprintf(w, "  values    %s followed into MQTT\n", plural(int64(n), "value"))
	}
}

// missingSymbols reports the first name of a file with symbols that no file has.
func (s *site) missingSymbols() error {
	for _, x := range s.profile.Symbols {
		if l, err := filepath.Glob(x.Pattern); err != nil || len(l) == 0 {
			return fmt.Errorf("%s: symbols: there is no file %s", s.profile.File, x.Pattern)
		}
	}
	return nil
}

func whom(x *profile.Subject) string {
	if s := x.String(); s != "" {
		return report.Clean(s)
	}
	return "everybody"
}

func orNothing(parts []string) string {
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// granted lists the tolerances that are set.
func granted(t *profile.Tolerances) (l []string) {
	span := func(name string, d time.Duration) {
		if d > 0 {
			l = append(l, fmt.Sprintf("%s: %s", name, d))
		}
	}
	number := func(name string, n int) {
		if n > 0 {
			l = append(l, fmt.Sprintf("%s: %d", name, n))
		}
	}
	span("answer", t.Answer)
	span("close", t.Close)
	span("keep-alive-client", t.KeepAliveClient)
	span("keep-alive-server", t.KeepAliveServer)
	span("resend", t.Resend)
	span("refused-subscription", t.RefusedSubscription)
	number("reconnect-storm count", t.ReconnectStorm.Count)
	span("reconnect-storm within", t.ReconnectStorm.Within)
	number("client-id-quarrel count", t.ClientIDQuarrel.Count)
	span("client-id-quarrel within", t.ClientIDQuarrel.Within)
	number("pings-too-early", t.PingsTooEarly)
	number("sessions", t.Sessions)
	span("s7-give-up", t.S7GiveUp)
	span("reply", t.Reply)
	span("delivery-window", t.DeliveryWindow)
	span("delivery-resend", t.DeliveryResend)
	return l
}

// several is a number of things: "1 host", "2 hosts".
func several(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
