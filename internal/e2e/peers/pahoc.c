/* A peer of the tests made of Eclipse Paho for C, its asynchronous interface. It
 * reads commands from standard input, one a line, and says on standard output what
 * became of them; process_test.go describes both. It speaks for many clients at once.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <MQTTAsync.h>

/* After this many seconds the broker may drop a session that is not clean. */
#define SESSION_EXPIRY 300

#define MAX_LINE (1 << 20)

static pthread_mutex_t said = PTHREAD_MUTEX_INITIALIZER;

typedef struct peer {
	char handle[64];
	char id[128];
	int version, clean;
	MQTTAsync client;
	struct peer *next;
} peer;

static peer *peers;

static void say(peer *p, const char *what)
{
	pthread_mutex_lock(&said);
	printf("%s %s\n", p->handle, what);
	fflush(stdout);
	pthread_mutex_unlock(&said);
}

static void say_number(peer *p, const char *what, int n)
{
	char b[64];
	snprintf(b, sizeof b, "%s %d", what, n);
	say(p, b);
}

static void say_error(peer *p, const char *what, int code)
{
	char b[128];
	snprintf(b, sizeof b, "error %s_%d", what, code);
	say(p, b);
}

static void say_connected(peer *p, int present)
{
	char b[64];
	snprintf(b, sizeof b, "connected %d 0", present);
	say(p, b);
}

static void connected(void *p, MQTTAsync_successData *d) { say_connected(p, d->alt.connect.sessionPresent); }
static void connected5(void *p, MQTTAsync_successData5 *d) { say_connected(p, d->alt.connect.sessionPresent); }
static void subscribed(void *p, MQTTAsync_successData *d) { say_number(p, "subscribed", d->alt.qos); }
static void subscribed5(void *p, MQTTAsync_successData5 *d) { say_number(p, "subscribed", d->reasonCode); }
static void unsubscribed(void *p, MQTTAsync_successData *d) { (void)d; say(p, "unsubscribed"); }
static void unsubscribed5(void *p, MQTTAsync_successData5 *d) { (void)d; say(p, "unsubscribed"); }
static void published(void *p, MQTTAsync_successData *d) { (void)d; say(p, "published"); }
static void published5(void *p, MQTTAsync_successData5 *d) { (void)d; say(p, "published"); }
static void disconnected(void *p, MQTTAsync_successData *d) { (void)d; say(p, "closed"); }
static void disconnected5(void *p, MQTTAsync_successData5 *d) { (void)d; say(p, "closed"); }
static void failed(void *p, MQTTAsync_failureData *d) { say_error(p, "failed", d->code); }
static void failed5(void *p, MQTTAsync_failureData5 *d) { say_error(p, "failed", d->reasonCode); }
static void ended(void *p, MQTTProperties *props, enum MQTTReasonCodes code)
{
	(void)props, (void)code;
	say(p, "closed");
}

static void lost(void *p, char *cause) { (void)cause; say(p, "closed"); }

static int arrived(void *context, char *topic, int topic_length, MQTTAsync_message *m)
{
	peer *p = context;
	(void)topic_length;
	pthread_mutex_lock(&said);
	printf("%s message %s %d %d %.*s\n", p->handle, topic, m->qos, m->retained,
	       m->payloadlen ? m->payloadlen : 1, m->payloadlen ? (char *)m->payload : "-");
	fflush(stdout);
	pthread_mutex_unlock(&said);
	MQTTAsync_freeMessage(&m);
	MQTTAsync_free(topic);
	return 1;
}

static void check(peer *p, const char *what, int rc)
{
	if (rc != MQTTASYNC_SUCCESS)
		say_error(p, what, rc);
}

/* create makes the client, or keeps the one that has the session already. */
static void create(peer *p, const char *port, const char *id, int version, int clean, int web)
{
	char uri[64];
	MQTTAsync_createOptions o = MQTTAsync_createOptions_initializer;

	if (p->client && !clean && !p->clean && p->version == version && strcmp(p->id, id) == 0)
		return;
	if (p->client)
		MQTTAsync_destroy(&p->client);
	snprintf(uri, sizeof uri, "%s://127.0.0.1:%s", web ? "ws" : "tcp", port);
	snprintf(p->id, sizeof p->id, "%s", id);
	p->version = version;
	p->clean = clean;
	o.MQTTVersion = version;
	check(p, "create", MQTTAsync_createWithOptions(&p->client, uri, id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &o));
	check(p, "callbacks", MQTTAsync_setCallbacks(p->client, p, lost, arrived, NULL));
	check(p, "callback", MQTTAsync_setDisconnected(p->client, p, ended));
}

static void connect_to(peer *p, char **a)
{
	int version = atoi(a[2]), clean = atoi(a[3]);
	MQTTAsync_connectOptions o = MQTTAsync_connectOptions_initializer;
	MQTTAsync_connectOptions o5 = MQTTAsync_connectOptions_initializer5;
	MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
	MQTTProperties props = MQTTProperties_initializer, of_will = MQTTProperties_initializer;

	create(p, a[0], a[1], version, clean, atoi(a[10]));
	if (version == MQTTVERSION_5) {
		MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, .value.integer4 = SESSION_EXPIRY};
		o = o5;
		o.cleanstart = clean;
		if (!clean) {
			MQTTProperties_add(&props, &expiry);
			o.connectProperties = &props;
		}
		o.onSuccess5 = connected5;
		o.onFailure5 = failed5;
	} else {
		o.cleansession = clean;
		o.onSuccess = connected;
		o.onFailure = failed;
	}
	o.MQTTVersion = version;
	o.keepAliveInterval = atoi(a[4]);
	o.context = p;
	o.maxInflight = 100;
	if (strcmp(a[5], "-") != 0) {
		will.topicName = a[5];
		will.qos = atoi(a[6]);
		will.retained = atoi(a[7]);
		will.message = a[8];
		o.will = &will;
		if (atoi(a[9])) {
			MQTTProperty delay = {.identifier = MQTTPROPERTY_CODE_WILL_DELAY_INTERVAL, .value.integer4 = atoi(a[9])};
			MQTTProperties_add(&of_will, &delay);
			o.willProperties = &of_will;
		}
	}
	check(p, "connect", MQTTAsync_connect(p->client, &o));
	MQTTProperties_free(&props);
	MQTTProperties_free(&of_will);
}

static MQTTAsync_responseOptions response(peer *p, MQTTAsync_onSuccess *f, MQTTAsync_onSuccess5 *f5)
{
	MQTTAsync_responseOptions r = MQTTAsync_responseOptions_initializer;
	r.context = p;
	if (p->version == MQTTVERSION_5) {
		r.onSuccess5 = f5;
		r.onFailure5 = failed5;
	} else {
		r.onSuccess = f;
		r.onFailure = failed;
	}
	return r;
}

static void disconnect(peer *p)
{
	MQTTAsync_disconnectOptions o = MQTTAsync_disconnectOptions_initializer;
	MQTTAsync_disconnectOptions o5 = MQTTAsync_disconnectOptions_initializer5;
	if (p->version == MQTTVERSION_5) {
		o = o5;
		o.onSuccess5 = disconnected5;
	} else {
		o.onSuccess = disconnected;
	}
	o.timeout = 5000;
	o.context = p;
	check(p, "disconnect", MQTTAsync_disconnect(p->client, &o));
}

static peer *find(const char *handle)
{
	peer *p;
	for (p = peers; p; p = p->next)
		if (strcmp(p->handle, handle) == 0)
			return p;
	p = calloc(1, sizeof *p);
	snprintf(p->handle, sizeof p->handle, "%s", handle);
	p->next = peers;
	return peers = p;
}

static void obey(peer *p, const char *command, char **a)
{
	MQTTAsync_responseOptions r;
	if (strcmp(command, "connect") == 0) {
		connect_to(p, a);
	} else if (strcmp(command, "subscribe") == 0) {
		r = response(p, subscribed, subscribed5);
		if (p->version == MQTTVERSION_5) {
			MQTTProperty id = {.identifier = MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER, .value.integer4 = atoi(a[5])};
			r.subscribeOptions.noLocal = atoi(a[2]);
			r.subscribeOptions.retainAsPublished = atoi(a[3]);
			r.subscribeOptions.retainHandling = atoi(a[4]);
			if (id.value.integer4)
				MQTTProperties_add(&r.properties, &id);
		}
		check(p, "subscribe", MQTTAsync_subscribe(p->client, a[0], atoi(a[1]), &r));
		MQTTProperties_free(&r.properties);
	} else if (strcmp(command, "unsubscribe") == 0) {
		r = response(p, unsubscribed, unsubscribed5);
		check(p, "unsubscribe", MQTTAsync_unsubscribe(p->client, a[0], &r));
	} else if (strcmp(command, "publish") == 0) {
		MQTTAsync_message m = MQTTAsync_message_initializer;
		MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL, .value.integer4 = atoi(a[4])};
		m.payload = a[3];
		m.payloadlen = strcmp(a[3], "-") == 0 ? 0 : (int)strlen(a[3]);
		m.qos = atoi(a[1]);
		m.retained = atoi(a[2]);
		if (expiry.value.integer4)
			MQTTProperties_add(&m.properties, &expiry);
		r = response(p, published, published5);
		check(p, "publish", MQTTAsync_sendMessage(p->client, a[0], &m, &r));
		MQTTProperties_free(&m.properties);
	} else if (strcmp(command, "disconnect") == 0) {
		disconnect(p);
	}
}

int main(void)
{
	static char line[MAX_LINE];
	MQTTAsync_nameValue *info = MQTTAsync_getVersionInfo();

	for (; info->name; info++)
		if (strcmp(info->name, "Version") == 0)
			printf("version %s\n", info->value);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		char *word[16] = {0}, *rest = line;
		int n = 0;
		while (n < 16 && (word[n] = strsep(&rest, " \n")) != NULL)
			n++;
		if (n > 2)
			obey(find(word[0]), word[1], word + 2);
	}
	return 0;
}
