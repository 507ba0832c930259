/* The section `listeners`. */
#include "policy/endpoint.h"
#include "policy/sections.h"
#include "policy/value.h"

#include <stdlib.h>
#include <string.h>

#define DIALECT_202 0x0202
#define DIALECT_3 0x0300 /* the first that seals */
#define DIALECT_311 0x0311

static const struct word wire_words[] = {
	{.text = "trusted", .value = WIRE_TRUSTED},
	{.text = "untrusted", .value = WIRE_UNTRUSTED},
	{0},
};

static const struct word signing_demands[] = {
	{.text = "offered", .value = DEMAND_OFFERED},
	{.text = "required", .value = DEMAND_REQUIRED},
	{.text = "off",
		.refusal = "signing is part of every dialect; 'offered' leaves it to the client"},
	{0},
};

static const struct word encryption_demands[] = {
	{.text = "off", .value = DEMAND_OFF},
	{.text = "offered", .value = DEMAND_OFFERED},
	{.text = "required", .value = DEMAND_REQUIRED},
	{0},
};

/* Each is a field of struct admission. */
static const struct word client_logon_words[] = {
	{.text = "kerberos", .value = offsetof(struct admission, kerberos)},
	{.text = "ntlmv2", .value = offsetof(struct admission, ntlmv2)},
	{.text = "ntlmv1", .value = offsetof(struct admission, ntlmv1)},
	{.text = "lm", .value = offsetof(struct admission, lm)},
	{.text = "guest", .value = offsetof(struct admission, guest)},
	{.text = "anonymous", .value = offsetof(struct admission, anonymous)},
	{0},
};

void
listener_clear(struct listener *listener)
{
	endpoint_clear(&listener->listen);
	free(listener->from);
	*listener = (struct listener){0};
}

void
listener_defaults(struct listener *listener)
{
	listener->min_dialect = DIALECT_202;
	listener->max_dialect = DIALECT_311;
	listener->encryption = DEMAND_OFFERED;
	listener->logon.kerberos = listener->logon.ntlmv2 = true;
}

void
listener_complete(struct listener *listener, bool wire_said, bool signing_said)
{
	bool loopback = listener->listen.host && host_is_loopback(listener->listen.host);

	if (!wire_said)
		listener->wire = loopback ? WIRE_TRUSTED : WIRE_UNTRUSTED;
	if (!signing_said)
		listener->signing =
			listener->wire == WIRE_TRUSTED ? DEMAND_OFFERED : DEMAND_REQUIRED;
}

static void
read_listen(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct listener *listener = target;
	const char *text = value_text(loader, node);
	const char *wrong;

	(void)key;
	if (!text)
		return;
	wrong = endpoint_parse_listen(text, &listener->listen);
	if (wrong)
		loader_error(loader, node, "'%s': %s", text, wrong);
}

static void
read_upstream(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	const struct policy *policy = loader->policy;
	struct listener *listener = target;
	const char *text = value_text(loader, node);

	(void)key;
	for (size_t i = 0; text && i < policy->upstream_count; i++)
		if (policy->upstreams[i].key && strcmp(policy->upstreams[i].key, text) == 0)
			listener->upstream = &policy->upstreams[i];
	/* Where no server could be read, that has been said. */
	if (text && !listener->upstream && policy->upstream_count)
		loader_error(loader, node, "no server '%s' is in `servers`", text);
}

static void
read_client_logon(
	struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct listener *listener = target;
	uint16_t fields[8];
	size_t count;

	value_words(loader, node, key->words, fields, 8, &count);
	listener->logon = (struct admission){0};
	for (size_t i = 0; i < count; i++)
		*(bool *)((char *)&listener->logon + fields[i]) = true;
	if (node->kind == NODE_LIST && node->count == 0)
		loader_error(loader, node, "this is empty: nobody could log on");
	if (listener->logon.kerberos && count == 1 && !loader->policy->keytab)
		loader_error(loader, node,
			"clients log on by Kerberos with our keys: write `kerberos: {keytab: "
			"FILE}` at the top");
}

static void
read_guest_as(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct listener *listener = target;
	const char *text = value_text(loader, node);

	(void)key;
	if (!text)
		return;
	listener->guest_as = policy_account(loader->policy, text, NULL);
	if (!listener->guest_as)
		loader_error(loader, node, "no account '%s' is in `accounts`", text);
}

static void
read_from(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct listener *listener = target;
	void *room;

	(void)key;
	if (!loader_list(loader, node, LISTENER_NETWORKS_MAX, sizeof *listener->from, &room))
		return;
	listener->from = room;
	for (const struct node *at = node->first; at; at = at->next) {
		const char *text = value_text(loader, at);
		const char *wrong =
			text ? network_parse(text, &listener->from[listener->from_count]) : NULL;

		if (wrong)
			loader_error(loader, at, "'%s': %s", text, wrong);
		listener->from_count += text && !wrong;
	}
}

static const struct key client_keys[] = {
	{.name = "wire", .read = read_word, FIELD(struct listener, wire), .words = wire_words},
	{.name = "min_dialect",
		.read = read_word,
		FIELD(struct listener, min_dialect),
		.words = dialect_words},
	{.name = "max_dialect",
		.read = read_word,
		FIELD(struct listener, max_dialect),
		.words = dialect_words},
	{.name = "signing",
		.read = read_word,
		FIELD(struct listener, signing),
		.words = signing_demands},
	{.name = "encryption",
		.read = read_word,
		FIELD(struct listener, encryption),
		.words = encryption_demands},
	{.name = "logon", .read = read_client_logon, .words = client_logon_words},
	{.name = "from", .read = read_from},
	{.name = "guest_as", .read = read_guest_as},
	{.name = "netbios"},
	{.name = "proxy_protocol"},
	{0},
};

static void
read_client(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	(void)key;
	map_read(loader, node, client_keys, target, "this client leg");
}

static const struct key listener_keys[] = {
	{.name = "listen", .read = read_listen, .required = true},
	{.name = "server", .read = read_upstream, .required = true},
	{.name = "client", .read = read_client},
	{0},
};

static void
check_client(struct loader *loader, const struct node *client, const struct listener *listener)
{
	const struct node *min = node_find(client, "min_dialect");
	const struct node *max = node_find(client, "max_dialect");
	const struct node *encryption = node_find(client, "encryption");

	if (listener->min_dialect > listener->max_dialect)
		loader_error(loader, min ? min : max, "min_dialect %s is above max_dialect %s",
			policy_dialect_word(listener->min_dialect),
			policy_dialect_word(listener->max_dialect));
	if (listener->encryption == DEMAND_REQUIRED && listener->max_dialect < DIALECT_3)
		loader_error(loader, encryption, "encryption takes SMB 3.0, and max_dialect is %s",
			policy_dialect_word(listener->max_dialect));
	else if (listener->encryption == DEMAND_REQUIRED && min &&
		 listener->min_dialect < DIALECT_3)
		loader_warning(loader, encryption,
			"clients below SMB 3.0 cannot encrypt and will be refused, whatever "
			"min_dialect "
			"says");
}

/* Who proves nothing has no key, and must have somebody to be. */
static void
check_guests(struct loader *loader, const struct node *client, const struct listener *listener)
{
	const struct node *logon = node_find(client, "logon");
	const struct node *account = node_find(client, "guest_as");

	if (!listener->logon.guest && !listener->logon.anonymous) {
		if (account)
			loader_warning(loader, account,
				"`logon` admits neither guest nor anonymous: this is for nobody");
		return;
	}
	if (!account)
		loader_error(loader, logon,
			"guest and anonymous clients need `guest_as`, the account that they act "
			"as");
	if (listener->signing == DEMAND_REQUIRED)
		loader_error(loader, logon,
			"guest and anonymous clients have no key to sign with, and signing is "
			"required%s",
			node_find(client, "signing")
				? ""
				: " on an untrusted wire; 'signing: offered' takes that back");
	if (listener->encryption == DEMAND_REQUIRED)
		loader_error(loader, logon,
			"guest and anonymous clients have no key to seal with, and encryption is "
			"required");
}

static bool
same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
	return a->host && b->host && a->port && a->port == b->port && strcmp(a->host, b->host) == 0;
}

static void
check_listener(struct loader *loader, const struct node *map, const struct listener *listener)
{
	const struct listener *first = loader->policy->listeners;
	const struct upstream *upstream = listener->upstream;

	for (; first < listener; first++)
		if (same_endpoint(&first->listen, &listener->listen))
			loader_error(loader, node_find(map, "listen"),
				"the listener in line %u listens here already", first->place.line);
	for (size_t i = 0; upstream && i < upstream->address_count; i++)
		if (same_endpoint(&upstream->addresses[i], &listener->listen))
			loader_error(loader, node_find(map, "server"),
				"server '%s' has this listener's own address: this leads in a "
				"circle",
				upstream->key);
}

static void
read_listener(struct loader *loader, const struct node *node, struct listener *listener)
{
	const struct node *client = node_find(node, "client");

	listener_defaults(listener);
	listener->place = loader_place(loader, node);
	map_read(loader, node, listener_keys, listener, "this listener");
	listener_complete(listener, node_find(client, "wire"), node_find(client, "signing"));
	check_client(loader, client, listener);
	check_guests(loader, client, listener);
	check_listener(loader, node, listener);
}

void
read_listeners(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct policy *policy = target;
	void *room;

	(void)key;
	if (!loader_list(loader, node, LISTENERS_MAX, sizeof *policy->listeners, &room))
		return;
	policy->listeners = room;
	for (const struct node *at = node->first; at; at = at->next)
		read_listener(loader, at, &policy->listeners[policy->listener_count++]);
}
