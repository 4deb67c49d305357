#include "dispatcher/ctl/ctl_preview.h"

bool ctl_preview_init(struct ctl_preview *preview, const struct config *config,
    const struct config_destination *destination, struct err *err)
{
	preview->config = *config;
	preview->destination = *destination;
	preview->config.destinations = &preview->destination;
	preview->config.destination_count = 1;
	strbuf_init(&preview->body, STRBUF_NO_LIMIT);
	preview->render = render_create(&preview->config, err);
	return preview->render != NULL;
}

void ctl_preview_finish(struct ctl_preview *preview)
{
	render_destroy(preview->render);
	strbuf_finish(&preview->body);
	preview->render = NULL;
}

enum render_status ctl_preview_job(
    struct ctl_preview *preview, const struct render_job *job, struct err *err)
{
	return render_body(preview->render, 0, job, &preview->body, err);
}
