#include "ingest/verdicts.h"

void verdicts_init(struct verdicts *verdicts)
{
	*verdicts = (struct verdicts){.counts = {0}};
	/* Bounded by the objects in a body and their destinations. */
	strbuf_init(&verdicts->jobs, STRBUF_NO_LIMIT);
}

void verdicts_finish(struct verdicts *verdicts)
{
	strbuf_finish(&verdicts->jobs);
}

void verdicts_add(struct verdicts *verdicts,
    const struct queue_admission *admission, const char *destination)
{
	switch (admission->verdict) {
	case QUEUE_ACCEPTED:
		verdicts->counts.accepted++;
		strbuf_appendf(&verdicts->jobs, "%s\"%s\"",
		    verdicts->jobs.len > 0 ? "," : "", admission->id);
		break;
	case QUEUE_DUPLICATE:
		verdicts->counts.duplicate++;
		break;
	case QUEUE_FULL:
		verdicts->counts.full++;
		if (verdicts_are_good(verdicts)) {
			err_set(&verdicts->why_not,
			    "the queue of the destination %s is full "
			    "(max_depth)",
			    destination);
			verdicts->cause = verdicts->why_not;
		}
		break;
	}
}

/* Weighs more than a full queue: what is said of that may be out of date. */
void verdicts_add_unavailable(struct verdicts *verdicts, size_t jobs,
    const char *why_not, const struct err *cause)
{
	verdicts->counts.unavailable += jobs;
	err_set(&verdicts->why_not, "%s", why_not);
	verdicts->cause = cause != NULL ? *cause : verdicts->why_not;
}

bool verdicts_are_good(const struct verdicts *verdicts)
{
	return verdicts->why_not.text[0] == '\0';
}

void verdicts_write(const struct verdicts *verdicts, struct strbuf *out)
{
	struct slice jobs = strbuf_slice(&verdicts->jobs);

	if (verdicts_are_good(verdicts)) {
		answer_write_taken(out, &verdicts->counts, jobs);
	} else {
		answer_write_partly(
		    out, verdicts->why_not.text, &verdicts->counts, jobs);
	}
}
