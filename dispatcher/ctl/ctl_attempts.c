#include "dispatcher/ctl/ctl_attempts.h"

#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_table.h"

void ctl_attempts_print(const struct queue_attempt *attempts, size_t count)
{
	static const char *const heads[] = {
	    "attempt at", "outcome", "status", "took"};
	struct ctl_table table;

	if (count == 0) {
		return;
	}
	ctl_table_init(&table);
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		ctl_table_add(&table, heads[i]);
	}
	ctl_table_end_row(&table);
	for (size_t i = 0; i < count; i++) {
		ctl_table_add_time(&table, attempts[i].at_ms);
		ctl_table_add(&table, outcome_name(attempts[i].outcome));
		ctl_table_add_number(&table, attempts[i].http_status);
		ctl_table_add_span(&table, attempts[i].took_ms);
		ctl_table_end_row(&table);
	}
	ctl_table_print(&table);
	ctl_table_finish(&table);
}

json_t *ctl_attempts_json(const struct queue_attempt *attempts, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *entry = json_object();

		ctl_json_set(entry, "at", ctl_json_time(attempts[i].at_ms));
		ctl_json_set(entry, "outcome",
		    json_string(outcome_name(attempts[i].outcome)));
		ctl_json_set(
		    entry, "status", json_integer(attempts[i].http_status));
		ctl_json_set(
		    entry, "took_ms", json_integer(attempts[i].took_ms));
		(void)json_array_append_new(list, entry);
	}
	return list;
}
