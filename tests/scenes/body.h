/* Bodies of messages, from what a script says and back: one row per command. */
#ifndef SCENES_BODY_H
#define SCENES_BODY_H

#include "player.h"

/* Writes the body that ASK says of COMMAND; OWED is the request that a response answers. */
void body_request(struct player *player, uint16_t command, struct ask *ask, struct writer *w);
void body_response(struct player *player, uint16_t command, struct ask *ask, struct owed *owed,
	uint32_t status, struct writer *w);

/* Room for any body that ASK may ask for. */
size_t body_room(struct ask *ask);

/* Adds what the body of MESSAGE says to OUT. */
void body_describe(uint16_t command, uint32_t status, bool is_response, bool is_notification,
	struct span message, struct attrs *out);

void attrs_add(struct attrs *attrs, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
const char *attrs_get(const struct attrs *attrs, const char *key);

/* Files: the client names them freely; the server numbers them, and the number is in the id. */
struct file_id body_server_file(const char *name);
struct file_id body_file(struct player *player, struct ask *ask);
void body_file_text(struct file_id id, char out[40]);

#endif
