/*
 * Any bytes as a line of `relayctl dead import`: a letter or not, never more.
 * What is a letter is written again as export does, and must be read as the
 * same letter.
 */
#include "dispatcher/ctl/dead_line.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static bool are_same(
    const struct queue_dead_letter *a, const struct queue_dead_letter *b)
{
	for (size_t i = 0; i < a->history_count && i < b->history_count; i++) {
		if (a->history[i].at_ms != b->history[i].at_ms ||
		    a->history[i].outcome != b->history[i].outcome ||
		    a->history[i].http_status != b->history[i].http_status ||
		    a->history[i].took_ms != b->history[i].took_ms) {
			return false;
		}
	}
	return strcmp(a->id, b->id) == 0 && slice_equal(a->group, b->group) &&
	    slice_equal(a->element, b->element) &&
	    a->died_at_ms == b->died_at_ms && a->outcome == b->outcome &&
	    a->http_status == b->http_status && slice_equal(a->note, b->note) &&
	    a->attempts == b->attempts && a->first_at_ms == b->first_at_ms &&
	    a->losses == b->losses && a->history_count == b->history_count &&
	    slice_equal(a->body, b->body) &&
	    slice_equal(a->template, b->template);
}

static void check_round_trip(const struct dead_line *line)
{
	struct dead_line other;
	struct strbuf text;

	strbuf_init(&text, STRBUF_NO_LIMIT);
	dead_line_append(&text, line->destination, &line->letter, false);
	fuzz_require(
	    memchr(text.data, '\n', text.len) == text.data + text.len - 1,
	    "a letter is a line");
	fuzz_require(dead_line_parse(&other, strbuf_slice(&text), NULL),
	    "what was a letter is a letter again");
	fuzz_require(strcmp(line->destination, other.destination) == 0 &&
		are_same(&line->letter, &other.letter),
	    "it is the same letter");
	dead_line_finish(&other);
	strbuf_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dead_line line;
	struct err err;

	if (dead_line_parse(&line, slice_make(data, size), &err)) {
		check_round_trip(&line);
	} else {
		fuzz_require(
		    strlen(err.text) > 0, "a complaint says what is wrong");
	}
	dead_line_finish(&line);
	return 0;
}
