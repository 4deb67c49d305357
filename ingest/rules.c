#include "ingest/rules.h"

#include "common/base/mem.h"
#include "common/config/config.h"
#include "ingest/auth.h"
#include "ingest/gunzip.h"
#include "ingest/request.h"
#include "ingest/tally.h"

#include <stdlib.h>

struct rules *rules_create(struct config *config,
    void (*free_config)(struct config *config), struct metrics *metrics)
{
	struct rules *rules = xcalloc(1, sizeof(*rules));
	const struct config_ingest *ingest = &config->ingest;

	rules->config = config;
	rules->free_config = free_config;
	rules->holders = 1;
	rules->auth = auth_create(ingest->auth_header, ingest->auth_secrets,
	    ingest->auth_secret_count);
	rules->request = request_create(&(struct request_limits){
	    .max_body_bytes = (size_t)ingest->max_body_bytes,
	    .max_depth = (int)ingest->max_depth,
	    .max_objects = (size_t)ingest->max_objects,
	});
	rules->gunzip = gunzip_create((size_t)ingest->max_body_bytes);
	rules->tally = tally_create(metrics, config);
	return rules;
}

void rules_hold(struct rules *rules)
{
	rules->holders++;
}

void rules_release(struct rules *rules)
{
	rules->holders--;
	if (rules->holders > 0) {
		return;
	}
	tally_destroy(rules->tally);
	gunzip_destroy(rules->gunzip);
	request_destroy(rules->request);
	auth_destroy(rules->auth);
	if (rules->free_config != NULL) {
		rules->free_config(rules->config);
	}
	free(rules);
}
