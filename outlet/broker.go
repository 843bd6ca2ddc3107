package outlet

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// Broker publishes lines to an MQTT broker with QoS 1. While it is not connected, lines
// are dropped. Below its topic, status says "online" or "offline", retained.
type Broker struct {
	client mqtt.Client
	topic  string
	host   string // for messages, without a password
}

// published bounds how long a broker may take to acknowledge what was published.
const published = 10 * time.Second

// PasswordVariable names the variable of the environment that holds the password, for
// who does not want it to stand in the address.
const PasswordVariable = "PLCSCOPE_PUBLISH_PASSWORD"

// NewBroker connects to a broker, now or whenever it can be reached:
// mqtt://user@host:port/topic, or mqtts for TLS.
func NewBroker(address, clientID string) (*Broker, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	b := &Broker{topic: strings.Trim(u.Path, "/"), host: u.Host}
	ports := map[string]string{"mqtt": "1883", "mqtts": "8883"}
	switch {
	case ports[u.Scheme] == "" || u.Hostname() == "" || b.topic == "":
		return nil, fmt.Errorf("%s: want mqtt://HOST:PORT/TOPIC or mqtts://HOST:PORT/TOPIC", u.Redacted())
	case strings.ContainsAny(b.topic, "+#\x00"):
		return nil, fmt.Errorf("%s: nobody can publish to a topic with wildcards", u.Redacted())
	case u.Port() == "":
		b.host += ":" + ports[u.Scheme]
	}
	o := mqtt.NewClientOptions().AddBroker(u.Scheme+"://"+b.host).SetClientID(clientID).
		SetCleanSession(true).SetAutoReconnect(true).SetConnectRetry(true).
		SetConnectRetryInterval(5*time.Second).SetMaxReconnectInterval(time.Minute).
		SetConnectTimeout(10*time.Second).SetWriteTimeout(published).SetOrderMatters(false).
		SetWill(b.topic+"/status", "offline", 1, true)
	if u.User != nil {
		password, ok := u.User.Password()
		if !ok {
			password = os.Getenv(PasswordVariable)
		}
		o.SetUsername(u.User.Username()).SetPassword(password)
	}
	o.SetOnConnectHandler(func(c mqtt.Client) { c.Publish(b.topic+"/status", 1, true, "online") })
	b.client = mqtt.NewClient(o)
	b.client.Connect() // it goes on trying until Close
	return b, nil
}

// String is the address without user and password.
func (b *Broker) String() string { return "mqtt://" + b.host + "/" + b.topic }

// Deliver implements Sink.
func (b *Broker) Deliver(items []Item) (int, error) {
	if !b.client.IsConnectionOpen() {
		return 0, errors.New(b.host + " cannot be reached")
	}
	tokens := make([]mqtt.Token, len(items))
	for i, x := range items {
		topic := b.topic
		if x.Topic != "" {
			topic += "/" + x.Topic
		}
		tokens[i] = b.client.Publish(topic, 1, false, bytes.TrimSuffix(x.Line, []byte("\n")))
	}
	late := time.After(published)
	for i, t := range tokens {
		select {
		case <-t.Done():
			if err := t.Error(); err != nil {
				return i, fmt.Errorf("%s: %w", b.host, err)
			}
		case <-late:
			return i, fmt.Errorf("%s does not acknowledge", b.host)
		}
	}
	return len(items), nil
}

// Close implements Sink.
func (b *Broker) Close() error {
	if b.client.IsConnectionOpen() {
		b.client.Publish(b.topic+"/status", 1, true, "offline").WaitTimeout(time.Second)
	}
	b.client.Disconnect(250)
	return nil
}
