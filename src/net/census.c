/* How many clients there are: a sorted table of addresses, as long as the clients limit at most. */
#include "net/census.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct seat {
	uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
	uint32_t count;
};

struct census {
	pthread_mutex_t lock; /* over all below */
	struct seat *seats;   /* by address */
	size_t used, cap;
	uint32_t clients;
	uint32_t limit, limit_per_address;
};

struct census *
census_new(uint32_t clients, uint32_t clients_per_address)
{
	struct census *census = calloc(1, sizeof *census);

	if (!census)
		return NULL;
	pthread_mutex_init(&census->lock, NULL);
	census->limit = clients;
	census->limit_per_address = clients_per_address;
	return census;
}

void
census_free(struct census **census)
{
	if (!*census)
		return;
	pthread_mutex_destroy(&(*census)->lock);
	free((*census)->seats);
	free(*census);
	*census = NULL;
}

void
census_limit(struct census *census, uint32_t clients, uint32_t clients_per_address)
{
	pthread_mutex_lock(&census->lock);
	census->limit = clients;
	census->limit_per_address = clients_per_address;
	pthread_mutex_unlock(&census->lock);
}

static struct seat
seat_of(const struct address *address)
{
	struct seat seat = {0};
	uint8_t bytes[16];

	if (address_bytes(address, bytes) == 4) {
		memset(seat.address + 10, 0xff, 2);
		memcpy(seat.address + 12, bytes, 4);
	} else {
		memcpy(seat.address, bytes, sizeof seat.address);
	}
	return seat;
}

/* Where SEAT is, or where it would have to be. */
static size_t
place_of(const struct census *census, const struct seat *seat)
{
	size_t low = 0, high = census->used;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(census->seats[middle].address, seat->address, sizeof seat->address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_at(const struct census *census, size_t at, const struct seat *seat)
{
	return at < census->used &&
	       memcmp(census->seats[at].address, seat->address, sizeof seat->address) == 0;
}

/* Makes room for SEAT at AT; false when memory is out. */
static bool
insert(struct census *census, size_t at, const struct seat *seat)
{
	if (census->used == census->cap) {
		size_t cap = census->cap ? census->cap * 2 : 16;
		struct seat *seats = reallocarray(census->seats, cap, sizeof *seats);

		if (!seats)
			return false;
		census->seats = seats;
		census->cap = cap;
	}
	memmove(&census->seats[at + 1], &census->seats[at],
		(census->used - at) * sizeof *census->seats);
	census->seats[at] = *seat;
	census->used++;
	return true;
}

static fault
enter(struct census *census, const struct seat *seat)
{
	size_t at = place_of(census, seat);
	bool known = is_at(census, at, seat);

	if (census->clients >= census->limit)
		return &fault_client_limit;
	if ((known ? census->seats[at].count : 0) >= census->limit_per_address)
		return &fault_address_limit;
	if (!known && !insert(census, at, seat))
		return &fault_out_of_memory;
	census->seats[at].count++;
	census->clients++;
	return NULL;
}

fault
census_enter(struct census *census, const struct address *address)
{
	struct seat seat = seat_of(address);
	fault wrong;

	pthread_mutex_lock(&census->lock);
	wrong = enter(census, &seat);
	pthread_mutex_unlock(&census->lock);
	return wrong;
}

void
census_leave(struct census *census, const struct address *address)
{
	struct seat seat = seat_of(address);
	size_t at;

	pthread_mutex_lock(&census->lock);
	at = place_of(census, &seat);
	if (is_at(census, at, &seat)) {
		census->clients--;
		if (--census->seats[at].count == 0)
			memmove(&census->seats[at], &census->seats[at + 1],
				(--census->used - at) * sizeof *census->seats);
	}
	pthread_mutex_unlock(&census->lock);
}

uint32_t
census_count(struct census *census)
{
	uint32_t count;

	pthread_mutex_lock(&census->lock);
	count = census->clients;
	pthread_mutex_unlock(&census->lock);
	return count;
}
