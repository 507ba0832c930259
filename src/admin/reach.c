/* A list of folders, out of a policy. */
#include "admin/reach.h"

#include "policy/policy.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

static bool
is_known(const struct reach *reach, const char *folder)
{
	for (size_t i = 0; i < reach->count; i++)
		if (strcmp(reach->folders[i], folder) == 0)
			return true;
	return false;
}

/* Adds the folder of FILE; NULL is none. The list has room. False: memory is out. */
static bool
add(struct reach *reach, const char *file)
{
	char *copy = file ? strdup(file) : NULL;
	const char *folder = copy ? dirname(copy) : NULL;
	bool added = true;

	if (folder && !is_known(reach, folder)) {
		reach->folders[reach->count] = strdup(folder);
		added = reach->folders[reach->count++] != NULL;
	}
	free(copy);
	return added && (!file || copy);
}

bool
reach_make(struct reach *out, const struct policy *policy)
{
	bool made;

	*out = (struct reach){.folders = calloc(3 + policy->account_count, sizeof(char *))};
	if (!out->folders)
		return false;
	made = add(out, policy->text ? policy->file : NULL) && add(out, policy->accounts_file) &&
	       add(out, policy->keytab);
	for (size_t i = 0; i < policy->account_count; i++)
		made = made && add(out, policy->accounts[i].server.keytab);
	if (!made)
		reach_clear(out);
	return made;
}

void
reach_clear(struct reach *reach)
{
	for (size_t i = 0; i < reach->count; i++)
		free(reach->folders[i]);
	free(reach->folders);
	*reach = (struct reach){0};
}
