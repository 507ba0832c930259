/* Delegates: made where a client is accepted or named, used where a server is logged on to. */
#include "auth/kerberos_deputy.h"

#include "base/secret.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct kerberos_delegate {
	atomic_uint references;
	char *name;
	char *keytab;                     /* of our account, which acts by its own word; or NULL: */
	gss_cred_id_t handle;             /* what the library made of the client's ticket, */
	struct kerberos_credential *self; /* and of our own, or NULL */
};

static struct kerberos_delegate *
delegate_new(const char *name)
{
	struct kerberos_delegate *delegate = calloc(1, sizeof(*delegate));

	if (!delegate)
		return NULL;
	atomic_init(&delegate->references, 1);
	delegate->handle = GSS_C_NO_CREDENTIAL;
	delegate->name = strdup(name);
	if (!delegate->name)
		kerberos_delegate_unref(&delegate);
	return delegate;
}

struct kerberos_delegate *
kerberos_delegate_for(const char *name, const char *keytab)
{
	struct kerberos_delegate *delegate = delegate_new(name);

	if (!delegate)
		return NULL;
	delegate->keytab = strdup(keytab);
	if (!delegate->keytab)
		kerberos_delegate_unref(&delegate);
	return delegate;
}

struct kerberos_delegate *
kerberos_delegate_by(const char *name, gss_cred_id_t *handle, struct kerberos_credential **self)
{
	struct kerberos_delegate *delegate = delegate_new(name);

	if (!delegate)
		return NULL;
	delegate->handle = *handle;
	delegate->self = *self;
	*handle = GSS_C_NO_CREDENTIAL;
	*self = NULL;
	return delegate;
}

struct kerberos_delegate *
kerberos_delegate_ref(struct kerberos_delegate *delegate)
{
	if (delegate)
		(void)atomic_fetch_add_explicit(&delegate->references, 1, memory_order_relaxed);
	return delegate;
}

void
kerberos_delegate_unref(struct kerberos_delegate **delegate)
{
	struct kerberos_delegate *d = *delegate;
	OM_uint32 minor;

	*delegate = NULL;
	if (!d || atomic_fetch_sub_explicit(&d->references, 1, memory_order_acq_rel) != 1)
		return;
	gss_release_cred(&minor, &d->handle);
	kerberos_credential_free(&d->self);
	free(d->keytab);
	free(d->name);
	free(d);
}

const char *
kerberos_delegate_name(const struct kerberos_delegate *delegate)
{
	return delegate->name;
}

void
kerberos_delegate_doubt(const struct kerberos_delegate *delegate, struct kerberos_wallet *wallet)
{
	if (delegate->self)
		kerberos_credential_doubt(delegate->self, wallet);
}

const char *
kerberos_delegate_keytab(const struct kerberos_delegate *delegate)
{
	return delegate->keytab;
}

fault
kerberos_delegate_credential(const struct kerberos_delegate *delegate,
	struct kerberos_wallet *wallet, struct kerberos_credential **own, gss_cred_id_t *handle,
	char **detail)
{
	fault why;

	*own = NULL;
	*handle = delegate->handle;
	if (!delegate->keytab)
		return NULL;
	why = kerberos_credential_impersonate(
		wallet, delegate->keytab, delegate->name, own, detail);
	if (!why)
		*handle = kerberos_credential_handle(*own);
	return why;
}
