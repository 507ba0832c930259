/* The pools of workers, opened and closed together. */
#include "net/pools.h"

#include "net/workers.h"

bool
pools_open(struct pools *pools)
{
	pools->judges = workers_new(POOLS_JUDGES, POOLS_TASKS);
	pools->namers = workers_new(POOLS_NAMERS, POOLS_TASKS);
	pools->domain = workers_new(POOLS_DOMAIN, POOLS_TASKS);
	pools->kdc = workers_new(POOLS_KDC, POOLS_TASKS);
	return pools->judges && pools->namers && pools->domain && pools->kdc;
}

/* A judge may still hand on what it is at: they go first. */
bool
pools_close(struct pools *pools, unsigned ms)
{
	bool gone = workers_free(&pools->judges, ms);

	gone = workers_free(&pools->namers, ms) && gone;
	gone = workers_free(&pools->domain, ms) && gone;
	return workers_free(&pools->kdc, ms) && gone;
}
