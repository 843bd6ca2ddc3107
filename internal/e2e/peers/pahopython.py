"""A peer of the tests made of Eclipse Paho for Python.

Reads commands from standard input, one a line, and says on standard output what
became of them; process_test.go describes both. It speaks for many clients at once.
"""

import queue
import sys
import threading

import paho.mqtt
import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

# After this many seconds the broker may drop a session that is not clean.
SESSION_EXPIRY = 300

said = threading.Lock()


def say(*words):
    with said:
        print(*words, flush=True)


def text(payload):
    return payload.decode() or "-"


class Peer:
    """One client. The same object is used again when it reconnects to its session.

    While it is connected, one thread alone uses the library: with two that write,
    packets can leave in another order than they were queued in.
    """

    def __init__(self, handle):
        self.handle = handle
        self.client = None
        self.same = None
        self.todo = queue.SimpleQueue()
        self.running = False
        self.turn = threading.Lock()

    def do(self, f, *args):
        with self.turn:
            if self.running:
                self.todo.put((f, args))
                return
        f(*args)

    def make(self, client_id, version, clean, transport):
        if self.same == (client_id, version, clean) and not clean:
            return
        self.same = (client_id, version, clean)
        keep = {} if version == mqtt.MQTTv5 else {"clean_session": clean}
        c = mqtt.Client(client_id=client_id, protocol=version, transport=transport, **keep)
        h = self.handle
        if version == mqtt.MQTTv5:
            c.on_connect = lambda c, u, flags, rc, props: say(h, "connected", flags["session present"], rc.value)
            c.on_subscribe = lambda c, u, mid, codes, props: say(h, "subscribed", codes[0].value)
        else:
            c.on_connect = lambda c, u, flags, rc: say(h, "connected", flags["session present"], rc)
            c.on_subscribe = lambda c, u, mid, codes: say(h, "subscribed", codes[0])
        c.on_unsubscribe = lambda *a: say(h, "unsubscribed")
        c.on_publish = lambda c, u, mid: say(h, "published")
        c.on_message = lambda c, u, m: say(h, "message", m.topic, m.qos, int(m.retain), text(m.payload))
        self.client = c

    def connect(self, port, client_id, version, clean, keep_alive, topic, qos, retain, payload, delay, web):
        version, clean = int(version), clean == "1"
        self.make(client_id, version, clean, "websockets" if web == "1" else "tcp")
        c = self.client
        if topic != "-":
            props = None
            if delay != "0":
                props = Properties(PacketTypes.WILLMESSAGE)
                props.WillDelayInterval = int(delay)
            c.will_set(topic, payload, int(qos), retain == "1", props)
        more = {}
        if version == mqtt.MQTTv5:
            more["clean_start"] = clean
            if not clean:
                more["properties"] = Properties(PacketTypes.CONNECT)
                more["properties"].SessionExpiryInterval = SESSION_EXPIRY
        c.connect("127.0.0.1", int(port), keepalive=int(keep_alive), **more)
        self.running = True
        threading.Thread(target=self.run, args=(c,), daemon=True).start()

    def run(self, c):
        while c.loop(0.02) == mqtt.MQTT_ERR_SUCCESS:
            self.catch_up()
        with self.turn:
            self.running = False
        self.catch_up()
        say(self.handle, "closed")

    def catch_up(self):
        while not self.todo.empty():
            f, args = self.todo.get()
            f(*args)

    def subscribe(self, topic, qos, no_local, as_published, handling, identifier):
        if self.same[1] != mqtt.MQTTv5:
            self.do(self.client.subscribe, topic, int(qos))
            return
        props = None
        if identifier != "0":
            props = Properties(PacketTypes.SUBSCRIBE)
            props.SubscriptionIdentifier = int(identifier)
        options = SubscribeOptions(int(qos), no_local == "1", as_published == "1", int(handling))
        self.do(self.client.subscribe, topic, 0, options, props)

    def unsubscribe(self, topic):
        self.do(self.client.unsubscribe, topic)

    def publish(self, topic, qos, retain, payload, expiry):
        props = None
        if expiry != "0":
            props = Properties(PacketTypes.PUBLISH)
            props.MessageExpiryInterval = int(expiry)
        self.do(self.client.publish, topic, b"" if payload == "-" else payload, int(qos), retain == "1", props)

    def disconnect(self):
        self.do(self.client.disconnect)


def main():
    say("version", getattr(paho.mqtt, "__version__", "?"))
    peers = {}
    for line in sys.stdin:
        handle, command, *args = line.split()
        peer = peers.setdefault(handle, Peer(handle))
        try:
            getattr(peer, command)(*args)
        except OSError as e:
            say(handle, "error", str(e).replace(" ", "_"))


main()
