/* relayctl stats for programs: a list of objects, every member always there. */
#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_stats.h"

/* null below 0. */
static json_t *number_or_null(int64_t number)
{
	return number < 0 ? json_null() : json_integer(number);
}

static void set_numbers(json_t *row, const struct queue_stats *stats,
    const struct ctl_stats_column *columns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ctl_json_set(row, columns[i].name,
		    json_integer(ctl_stats_number(stats, &columns[i])));
	}
}

static json_t *hold_of(const struct queue_hold_state *hold)
{
	json_t *json;

	if (hold->reason == QUEUE_HOLD_NONE) {
		return json_null();
	}
	json = json_object();
	ctl_json_set(
	    json, "reason", json_string(queue_hold_reason_name(hold->reason)));
	ctl_json_set(json, "since", ctl_json_time(hold->since_ms));
	ctl_json_set(json, "in_a_row", json_integer(hold->streak));
	ctl_json_set(json, "next_probe_at", ctl_json_time(hold->probe_ms));
	ctl_json_set(json, "ends_at", ctl_json_time(hold->until_ms));
	ctl_json_set(json, "note", ctl_json_text(hold->note));
	return json;
}

static json_t *history_of(const struct ctl_summary *summary)
{
	json_t *json = json_object();
	json_t *outcomes = json_object();

	for (size_t i = 0; i < OUTCOME_COUNT; i++) {
		if (summary->outcomes[i] > 0) {
			ctl_json_set(outcomes, outcome_name((enum outcome)i),
			    json_integer(summary->outcomes[i]));
		}
	}
	ctl_json_set(json, "done", json_integer(summary->done));
	ctl_json_set(json, "from", ctl_json_time(summary->first_done_at_ms));
	ctl_json_set(json, "outcomes", outcomes);
	ctl_json_set(json, "last_delivered_at",
	    ctl_json_time(summary->last_delivered_at_ms));
	ctl_json_set(json, "took_ms_median",
	    number_or_null(ctl_summary_took_ms(summary, 50)));
	ctl_json_set(json, "took_ms_p99",
	    number_or_null(ctl_summary_took_ms(summary, 99)));
	return json;
}

static json_t *row_of(const struct ctl_stats_row *row)
{
	const struct queue_stats *stats = &row->stats;
	json_t *json = json_object();

	ctl_json_set(
	    json, "destination", ctl_json_text(slice_of(stats->destination)));
	ctl_json_set(json, "configured", json_boolean(stats->is_configured));
	set_numbers(json, stats, ctl_stats_present, ctl_stats_present_count);
	ctl_json_set(
	    json, "oldest_age_ms", number_or_null(stats->oldest_age_ms));
	ctl_json_set(json, "hold", hold_of(&row->stats.hold));
	ctl_json_set(json, "history", history_of(&row->summary));
	set_numbers(json, stats, ctl_stats_ledger, ctl_stats_ledger_count);
	ctl_json_set(json, "job_difference",
	    json_integer(queue_stats_job_difference(stats)));
	ctl_json_set(json, "dead_difference",
	    json_integer(queue_stats_dead_difference(stats)));
	return json;
}

void ctl_stats_print_json(const struct ctl_stats_row *rows, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		(void)json_array_append_new(list, row_of(&rows[i]));
	}
	ctl_json_print(list);
}
