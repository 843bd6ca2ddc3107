package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// A toolbox runs mosquitto's command line clients against the stage's broker.
type toolbox struct {
	s   *stage
	dir string
}

var protocolName = map[version]string{3: "mqttv31", 4: "mqttv311", 5: "mqttv5"}

func (b toolbox) command(tool, role string, args ...string) *exec.Cmd {
	l := []string{"-h", "127.0.0.1", "-p", strconv.Itoa(b.s.clientPort()), "-V", protocolName[b.s.version], "-i", b.s.name() + "-" + role}
	return exec.Command(tool, append(l, args...)...)
}

func (b toolbox) run(c *exec.Cmd) {
	if out, err := c.CombinedOutput(); err != nil {
		panic(failure{b.s.name() + ": " + c.String() + ": " + err.Error() + ": " + string(out)})
	}
}

// start leaves a subscriber running, until it has had time to subscribe.
func (b toolbox) start(c *exec.Cmd) *exec.Cmd {
	if err := c.Start(); err != nil {
		panic(failure{err.Error()})
	}
	time.Sleep(700 * time.Millisecond)
	return c
}

// tools has mosquitto_pub, mosquitto_sub and mosquitto_rr do what scripts do with
// them: all qualities of service, wills, retained messages, long ones, credentials,
// sessions that are kept while their client is killed, requests and responses.
func tools(s *stage) {
	b := toolbox{s, s.t.TempDir()}
	var subscribers []*exec.Cmd
	for q := range 3 {
		subscribers = append(subscribers, b.start(b.command("mosquitto_sub", "hmi"+strconv.Itoa(q), "-q", strconv.Itoa(q), "-t", s.topic("#"), "-C", "7", "-W", "30")))
	}
	for q := range 3 {
		qos := strconv.Itoa(q)
		b.run(b.command("mosquitto_pub", "plc", "-q", qos, "-t", s.topic("level"), "-m", `{"v":12.5}`))
		b.run(b.command("mosquitto_pub", "plc", "-q", qos, "-r", "-t", s.topic("mode"), "-m", "auto",
			"--will-topic", s.topic("status"), "--will-payload", "offline", "--will-qos", qos, "--will-retain"))
	}
	big := filepath.Join(b.dir, "recipe")
	if err := os.WriteFile(big, bytes.Repeat([]byte("0123456789abcdef"), 20_000), 0o644); err != nil {
		panic(failure{err.Error()})
	}
	b.run(b.command("mosquitto_pub", "plc", "-q", "1", "-t", s.topic("recipe"), "-f", big))
	for _, c := range subscribers {
		c.Wait()
	}
	b.run(b.command("mosquitto_pub", "plc", "-u", "plc", "-P", "secret", "-t", s.topic("x"), "-m", "y"))
	b.run(b.command("mosquitto_pub", "plc", "-q", "1", "-r", "-n", "-t", s.topic("mode")))

	kept := []string{"-q", "2", "-t", s.topic("kept"), "-c", "-W", "30"}
	if s.version == 5 {
		kept = append(kept, "-x", strconv.Itoa(sessionExpiry))
	}
	victim := b.start(b.command("mosquitto_sub", "kept", kept...))
	victim.Process.Kill()
	victim.Wait()
	for q := range 3 {
		b.run(b.command("mosquitto_pub", "plc", "-q", strconv.Itoa(q), "-t", s.topic("kept"), "-m", "while away"))
	}
	b.run(b.command("mosquitto_sub", "kept", append(kept, "-C", "2")...))
	b.run(b.command("mosquitto_sub", "kept", "-E", "-t", s.topic("kept"), "-q", "1")) // ends the session

	// mosquitto_rr waits for an answer on the topic that it names; before 5.0, by agreement.
	rr := b.start(b.command("mosquitto_rr", "rr", "-q", "1", "-t", s.topic("request"), "-e", s.topic("response"), "-m", "42?", "-W", "30"))
	b.run(b.command("mosquitto_pub", "plc", "-q", "1", "-t", s.topic("response"), "-m", "42"))
	rr.Wait()
}
