// A peer of the tests made of MQTT.js. It reads commands from standard input, one a
// line, and says on standard output what became of them; process_test.go describes
// both. It speaks for many clients at once.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import mqtt from 'mqtt'

// After this many seconds the broker may drop a session that is not clean.
const sessionExpiry = 300

const say = (...words) => process.stdout.write(words.join(' ') + '\n')

const clients = new Map()

const commands = {
  connect(h, port, clientId, version, clean, keepalive, topic, qos, retain, payload, delay, web) {
    const options = {
      protocol: web === '1' ? 'ws' : 'mqtt', host: '127.0.0.1', port: +port, clientId, keepalive: +keepalive, clean: clean === '1',
      protocolVersion: +version, protocolId: version === '3' ? 'MQIsdp' : 'MQTT',
      reconnectPeriod: 0, resubscribe: false,
    }
    if (clean === '0') {
      options.incomingStore = new mqtt.Store({ clean: false })
      options.outgoingStore = new mqtt.Store({ clean: false })
    }
    if (topic !== '-') options.will = { topic, payload, qos: +qos, retain: retain === '1' }
    if (delay !== '0') options.will.properties = { willDelayInterval: +delay }
    if (version === '5' && clean === '0') options.properties = { sessionExpiryInterval: sessionExpiry }
    const known = clients.get(h)
    if (known && clean === '0' && !known.options.clean) { // the same session goes on
      known.reconnect({ incomingStore: known.incomingStore, outgoingStore: known.outgoingStore })
      return
    }
    const c = mqtt.connect(options)
    clients.set(h, c)
    c.on('connect', (p) => say(h, 'connected', +p.sessionPresent, p.returnCode ?? p.reasonCode))
    c.on('error', (e) => say(h, 'error', String(e.message).replaceAll(' ', '_')))
    c.on('close', () => say(h, 'closed'))
    c.on('message', (topic, payload, p) => say(h, 'message', topic, p.qos, +p.retain, payload.toString() || '-'))
  },
  subscribe(h, filter, qos, nl, rap, rh, identifier) {
    const c = clients.get(h)
    const options = { qos: +qos }
    if (c.options.protocolVersion === 5) Object.assign(options, { nl: nl === '1', rap: rap === '1', rh: +rh })
    if (identifier !== '0') options.properties = { subscriptionIdentifier: +identifier }
    c.subscribe(filter, options, (e, granted) => {
      say(h, 'subscribed', e ? 128 : granted[0].qos)
    })
  },
  unsubscribe(h, filter) {
    clients.get(h).unsubscribe(filter, () => say(h, 'unsubscribed'))
  },
  publish(h, topic, qos, retain, payload, expiry) {
    const options = { qos: +qos, retain: retain === '1' }
    if (expiry !== '0') options.properties = { messageExpiryInterval: +expiry }
    clients.get(h).publish(topic, payload === '-' ? '' : payload, options, (e) => {
      if (!e) say(h, 'published')
    })
  },
  disconnect(h) {
    clients.get(h).end()
  },
}

say('version', JSON.parse(readFileSync(new URL('node_modules/mqtt/package.json', import.meta.url))).version)
createInterface({ input: process.stdin }).on('line', (line) => {
  const [handle, command, ...args] = line.split(' ')
  commands[command](handle, ...args)
}).on('close', () => process.exit(0))
