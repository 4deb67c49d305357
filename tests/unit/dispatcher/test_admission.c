/*
 * Admissions against a queue of the test's own: the functions of queue_flow.h
 * are defined here, and so not taken from the library.
 */
#include "dispatcher/admission.h"

#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "dispatcher/destination.h"
#include "dispatcher/http/http_client.h"

#include "tests/unit/cmocka_test.h"

#include <stdio.h>

enum {
	PROBE_EVERY_MS = 60000,
};

/* What the code under test said last. */
static struct {
	int asks;
	int64_t asked;
	queue_admit_cb admit_cb;
	void *admit_arg;
	int give_backs;
	int64_t given_back; /* the sum */
	int64_t given_epoch;
	int orders;
	struct queue_hold_order order;
	char note[64];
	int resumes;
	int64_t resumed_epoch;
	int looks;
	queue_hold_cb hold_cb;
	void *hold_arg;
	int opens;
	bool was_held;
} seen;

static struct config_destination destination_config;
static struct config config;
static struct loop *loop;
static struct metrics *metrics;
static struct destination_settings settings;
static struct generation generation;
static struct destinations *destinations;
static struct destination *target;
static struct admissions *admissions;

/* ---- in place of the queue and the HTTP client ---- */

const char *queue_hold_reason_name(enum queue_hold_reason reason)
{
	return reason == QUEUE_HOLD_NONE ? "none" : "some";
}

void queue_admit(struct queue *queue, int destination, int64_t tokens,
    queue_admit_cb cb, void *arg)
{
	(void)queue;
	assert_int_equal(destination, 0);
	seen.asks++;
	seen.asked = tokens;
	seen.admit_cb = cb;
	seen.admit_arg = arg;
}

void queue_give_back(
    struct queue *queue, int destination, int64_t tokens, int64_t epoch)
{
	(void)queue;
	(void)destination;
	seen.give_backs++;
	seen.given_back += tokens;
	seen.given_epoch = epoch;
}

void queue_hold(struct queue *queue, const struct queue_hold_order *order,
    queue_hold_cb cb, void *arg)
{
	(void)queue;
	assert_string_equal(order->destination, "event");
	seen.orders++;
	seen.order = *order;
	(void)snprintf(seen.note, sizeof(seen.note), "%s", order->note);
	seen.hold_cb = cb;
	seen.hold_arg = arg;
}

void queue_resume(struct queue *queue, const char *destination, int64_t epoch,
    queue_hold_cb cb, void *arg)
{
	(void)queue;
	assert_string_equal(destination, "event");
	seen.resumes++;
	seen.resumed_epoch = epoch;
	seen.hold_cb = cb;
	seen.hold_arg = arg;
}

void queue_read_hold(
    struct queue *queue, const char *destination, queue_hold_cb cb, void *arg)
{
	(void)queue;
	assert_string_equal(destination, "event");
	seen.looks++;
	seen.hold_cb = cb;
	seen.hold_arg = arg;
}

struct http_client *http_client_create(
    struct loop *for_loop, const struct http_options *options, struct err *err)
{
	static char client;

	(void)for_loop;
	(void)options;
	(void)err;
	return (struct http_client *)(void *)&client;
}

void http_client_destroy(struct http_client *client)
{
	(void)client;
}

/* ---- the fixture ---- */

static void on_open(void *arg, const struct destination *of, bool was_held)
{
	(void)arg;
	assert_ptr_equal(of, target);
	seen.opens++;
	seen.was_held = was_held;
	loop_stop(loop);
}

static int set_up(void **state)
{
	static char name[] = "event";
	static char nothing[] = "";

	(void)state;
	log_set_level(LOG_ERROR);
	memset(&seen, 0, sizeof(seen));
	destination_config = (struct config_destination){
	    .name = name,
	    .url = nothing,
	    .method = nothing,
	    .tls_ca_file = nothing,
	    .min_in_flight = 1,
	    .max_in_flight = 10,
	    .rate_limit = 100,
	    .probe_every_ms = PROBE_EVERY_MS,
	};
	config = (struct config){
	    .redis = {.reconnect_base_ms = 4, .reconnect_cap_ms = 8},
	    .destinations = &destination_config,
	    .destination_count = 1,
	};
	loop = loop_create();
	metrics = metrics_create();
	generation = (struct generation){
	    .config = &config, .settings = &settings, .holders = 2};
	settings = (struct destination_settings){
	    .generation = &generation, .config = &destination_config};
	destinations = destinations_create(&generation, metrics);
	target = &destinations->all[0];
	admissions = admissions_create(&(struct admissions_options){
	    .loop = loop,
	    .destinations = destinations,
	    .on_open = on_open,
	});
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	admissions_destroy(admissions);
	destinations_destroy(destinations);
	metrics_destroy(metrics);
	loop_destroy(loop);
	return 0;
}

static void answer(const struct queue_permit *permit)
{
	seen.admit_cb(seen.admit_arg, QUEUE_OK, permit, NULL);
}

static void ask_and_get(int64_t tokens)
{
	admission_ask(admissions, target, (size_t)tokens);
	answer(&(struct queue_permit){
	    .tokens = tokens, .hold = {.epoch = 3, .streak = 2}});
}

static void ask_and_be_told_to_wait(
    enum queue_hold_reason reason, int64_t wait_ms)
{
	admission_ask(admissions, target, 5);
	answer(&(struct queue_permit){
	    .wait_ms = wait_ms, .hold = {.reason = reason, .epoch = 4}});
}

static struct pass ask_for_probe(void)
{
	admission_ask(admissions, target, 5);
	answer(&(struct queue_permit){.tokens = 1,
	    .is_probe = true,
	    .hold = {.reason = QUEUE_HOLD_THROTTLED, .epoch = 4}});
	return admission_spend(admissions, target, 1);
}

static void answer_order(enum queue_hold_reason reason, int64_t epoch)
{
	struct queue_hold_state hold = {.reason = reason, .epoch = epoch};

	seen.hold_cb(seen.hold_arg, QUEUE_OK, true, &hold, NULL);
}

static size_t tokens(void)
{
	return admission_tokens(admissions, target);
}

static bool is_open(void)
{
	return admission_is_open(admissions, target);
}

/* ---- tokens ---- */

static void test_admission_asks_once_at_a_time(void **state)
{
	(void)state;
	assert_true(is_open());
	admission_ask(admissions, target, 7);
	assert_int_equal(seen.asked, 7);
	assert_false(is_open());
	admission_ask(admissions, target, 7);
	assert_int_equal(seen.asks, 1);
	assert_int_equal(admissions_pending(admissions), 1);
	answer(&(struct queue_permit){.tokens = 7});
	assert_true(is_open());
	assert_int_equal(tokens(), 7);
	assert_int_equal(seen.opens, 1);
	assert_false(seen.was_held);
	assert_int_equal(admissions_pending(admissions), 0);
}

static void test_admission_spends_from_the_purse(void **state)
{
	struct pass pass;

	(void)state;
	ask_and_get(7);
	pass = admission_spend(admissions, target, 4);
	assert_int_equal(tokens(), 3);
	assert_true(pass.is_paid);
	assert_int_equal(pass.epoch, 3);
	assert_int_equal(pass.streak, 2);
	assert_false(pass_is_probe(&pass));
}

static void test_admission_gives_back_what_a_turn_leaves(void **state)
{
	(void)state;
	ask_and_get(7);
	(void)admission_spend(admissions, target, 4);
	admissions_settle(admissions);
	assert_int_equal(seen.given_back, 3);
	assert_int_equal(seen.given_epoch, 0);
	assert_int_equal(tokens(), 0);
	admissions_settle(admissions);
	assert_int_equal(seen.give_backs, 1);
	assert_true(is_open());
}

static void test_admission_without_a_rate_has_nothing_to_give_back(void **state)
{
	(void)state;
	destination_config.rate_limit = 0;
	ask_and_get(7);
	admissions_settle(admissions);
	assert_int_equal(tokens(), 0);
	assert_int_equal(seen.give_backs, 0);
}

static void test_admission_returned_is_spent_again(void **state)
{
	struct pass pass;

	(void)state;
	ask_and_get(2);
	pass = admission_spend(admissions, target, 2);
	admission_return(admissions, target, &pass, 1);
	assert_int_equal(tokens(), 1);
	assert_int_equal(seen.give_backs, 0);
	assert_int_equal(seen.opens, 2);
}

static void test_admission_returned_late_is_lost(void **state)
{
	struct pass pass;

	(void)state;
	ask_and_get(2);
	pass = admission_spend(admissions, target, 2);
	pass.granted_at_ms -= 51;
	admission_return(admissions, target, &pass, 1);
	pass.granted_at_ms += 51;
	pass.is_paid = false;
	admission_return(admissions, target, &pass, 1);
	assert_int_equal(tokens(), 0);
	assert_int_equal(seen.give_backs, 0);
}

static void test_admission_returned_under_a_new_hold_goes_back(void **state)
{
	struct pass pass;

	(void)state;
	ask_and_get(2);
	pass = admission_spend(admissions, target, 2);
	ask_and_be_told_to_wait(QUEUE_HOLD_PAUSED, -1);
	admission_return(admissions, target, &pass, 2);
	assert_int_equal(tokens(), 0);
	assert_int_equal(seen.given_back, 2);
}

/* ---- waiting ---- */

static void test_admission_waits_for_the_rate(void **state)
{
	(void)state;
	ask_and_be_told_to_wait(QUEUE_HOLD_NONE, 1);
	assert_false(is_open());
	assert_true(metric_value(target->rate_waits) == 1);
	loop_run(loop); /* stopped by the answer */
	loop_run(loop); /* stopped by the time */
	assert_true(is_open());
	assert_int_equal(seen.opens, 2);
	assert_false(seen.was_held);
}

static void test_admission_looks_at_a_hold_again(void **state)
{
	(void)state;
	ask_and_be_told_to_wait(QUEUE_HOLD_THROTTLED, 5);
	assert_int_equal(target->hold.reason, QUEUE_HOLD_THROTTLED);
	assert_false(is_open());
	assert_true(metric_value(target->rate_waits) == 0);
	loop_run(loop);
	loop_run(loop);
	assert_true(is_open());
	assert_true(seen.was_held);
}

static void test_admission_asks_anew_when_told_to(void **state)
{
	(void)state;
	ask_and_be_told_to_wait(QUEUE_HOLD_PAUSED, -1);
	admissions_ask_anew(admissions);
	assert_true(is_open());
	admission_ask(admissions, target, 1);
	admissions_ask_anew(admissions);
	assert_false(is_open());
}

static void test_admission_unanswered_is_asked_later(void **state)
{
	(void)state;
	admission_ask(admissions, target, 1);
	seen.admit_cb(seen.admit_arg, QUEUE_UNAVAILABLE, NULL, NULL);
	assert_false(is_open());
	assert_int_equal(tokens(), 0);
	admissions_ask_anew(admissions);
	assert_true(is_open());
	admission_ask(admissions, target, 1);
	seen.admit_cb(seen.admit_arg, QUEUE_REFUSED, NULL, NULL);
	assert_false(is_open());
	loop_run(loop); /* stopped by the answer */
	loop_run(loop); /* stopped by the time */
	assert_true(is_open());
}

/* ---- probes ---- */

static void test_admission_of_a_probe_is_for_one(void **state)
{
	struct pass pass;

	(void)state;
	pass = ask_for_probe();
	assert_true(pass_is_probe(&pass));
	assert_int_equal(pass.held, QUEUE_HOLD_THROTTLED);
	assert_int_equal(pass.epoch, 4);
	/* Unspent, it is for the next lane; nothing else is asked for then. */
	admission_return(admissions, target, &pass, 1);
	assert_int_equal(tokens(), 1);
	admission_ask(admissions, target, 4);
	assert_int_equal(seen.asks, 1);
}

static void test_admission_of_a_probe_without_a_job_goes_back(void **state)
{
	struct pass pass;

	(void)state;
	pass = ask_for_probe();
	admission_return(admissions, target, &pass, 1);
	admissions_settle(admissions);
	assert_int_equal(seen.give_backs, 1);
	assert_int_equal(seen.given_epoch, 4);
	/* Not at once again. */
	assert_false(is_open());
}

static void test_admission_of_a_probe_is_ours_for_probe_every(void **state)
{
	struct pass pass;

	(void)state;
	pass = ask_for_probe();
	pass.granted_at_ms -= PROBE_EVERY_MS - 1000;
	admission_return(admissions, target, &pass, 1);
	assert_int_equal(tokens(), 1);
	pass = admission_spend(admissions, target, 1);
	pass.granted_at_ms -= PROBE_EVERY_MS;
	admission_return(admissions, target, &pass, 1);
	assert_int_equal(tokens(), 0);
	assert_int_equal(seen.give_backs, 0);
}

/* ---- orders ---- */

static const struct hold_decision hold_on = {
    .step = HOLD_ORDER, .reason = QUEUE_HOLD_UNAUTHORIZED, .for_ms = 9000};

static void test_admission_orders_a_hold_and_stops_meanwhile(void **state)
{
	struct pass pass;

	(void)state;
	ask_and_get(5);
	pass = admission_spend(admissions, target, 1);
	admission_follow(
	    admissions, target, &pass, &hold_on, "status 401, job 0-1");
	assert_int_equal(seen.order.reason, QUEUE_HOLD_UNAUTHORIZED);
	assert_int_equal(seen.order.epoch, 3);
	assert_int_equal(seen.order.for_ms, 9000);
	assert_false(seen.order.is_asked);
	assert_string_equal(seen.note, "status 401, job 0-1");
	assert_int_equal(seen.given_back, 4);
	assert_false(is_open());
	assert_int_equal(admissions_pending(admissions), 1);
	answer_order(QUEUE_HOLD_UNAUTHORIZED, 4);
	assert_int_equal(target->hold.reason, QUEUE_HOLD_UNAUTHORIZED);
	/* To ask when to look again. */
	assert_true(is_open());
	assert_true(seen.was_held);
	assert_int_equal(admissions_pending(admissions), 0);
}

static void test_admission_orders_no_hold_that_is_old_news(void **state)
{
	struct hold_decision asked = hold_on;
	struct pass pass;

	(void)state;
	ask_and_get(5);
	pass = admission_spend(admissions, target, 5);
	admission_follow(admissions, target, &pass, &hold_on, "");
	answer_order(QUEUE_HOLD_UNAUTHORIZED, 4);
	admission_follow(admissions, target, &pass, &hold_on, "");
	assert_int_equal(seen.orders, 1);
	/* But what the target asks for may be longer. */
	asked.is_asked = true;
	admission_follow(admissions, target, &pass, &asked, "");
	assert_int_equal(seen.orders, 2);
	assert_true(seen.order.is_asked);
}

static void test_admission_gives_back_what_comes_during_an_order(void **state)
{
	struct pass pass;

	(void)state;
	ask_and_get(1);
	pass = admission_spend(admissions, target, 1);
	admission_ask(admissions, target, 5);
	admission_follow(admissions, target, &pass, &hold_on, "");
	answer(&(struct queue_permit){.tokens = 5, .hold = {.epoch = 3}});
	assert_int_equal(tokens(), 0);
	assert_int_equal(seen.given_back, 5);
}

static void test_admission_ends_a_hold(void **state)
{
	static const struct hold_decision end = {.step = HOLD_END};
	struct pass pass;

	(void)state;
	pass = ask_for_probe();
	admission_follow(admissions, target, &pass, &end, "");
	assert_int_equal(seen.resumes, 1);
	assert_int_equal(seen.resumed_epoch, 4);
	answer_order(QUEUE_HOLD_NONE, 4);
	assert_int_equal(target->hold.reason, QUEUE_HOLD_NONE);
	assert_true(is_open());
	assert_true(seen.was_held);
}

static void test_admission_whose_order_failed_is_open(void **state)
{
	struct pass pass;

	(void)state;
	ask_and_get(1);
	pass = admission_spend(admissions, target, 1);
	admission_follow(admissions, target, &pass, &hold_on, "");
	seen.hold_cb(seen.hold_arg, QUEUE_UNAVAILABLE, false, NULL, NULL);
	assert_true(is_open());
	assert_int_equal(target->hold.reason, QUEUE_HOLD_NONE);
}

/* ---- stopping ---- */

static void test_admissions_stopped_give_all_back(void **state)
{
	struct pass pass;

	(void)state;
	ask_and_get(5);
	pass = admission_spend(admissions, target, 2);
	admission_ask(admissions, target, 4);
	admissions_stop(admissions);
	assert_false(is_open());
	assert_int_equal(seen.given_back, 3);
	admission_return(admissions, target, &pass, 2);
	assert_int_equal(seen.given_back, 5);
	answer(&(struct queue_permit){.tokens = 4, .hold = {.epoch = 3}});
	assert_int_equal(seen.given_back, 9);
	/* Not before it has gone out. */
	assert_int_equal(seen.looks, 3);
	assert_int_equal(admissions_pending(admissions), 3);
	seen.opens = 0;
	for (int i = 0; i < 3; i++) {
		answer_order(QUEUE_HOLD_NONE, 3);
	}
	assert_int_equal(admissions_pending(admissions), 0);
	assert_int_equal(seen.opens, 3);
}

static void test_admissions_stopped_give_a_probe_back(void **state)
{
	static const struct hold_decision back = {.step = HOLD_RETURN};
	struct pass pass;

	(void)state;
	pass = ask_for_probe();
	admissions_stop(admissions);
	admission_follow(admissions, target, &pass, &back, "");
	assert_int_equal(seen.give_backs, 1);
	assert_int_equal(seen.given_epoch, 4);
}

static void read_hold(enum queue_hold_reason reason)
{
	admissions_probe_now(admissions);
	assert_int_equal(admissions_pending(admissions), 1);
	answer_order(reason, 6);
	assert_int_equal(admissions_pending(admissions), 0);
}

static void test_admission_probes_now_what_may_be_mended(void **state)
{
	(void)state;
	ask_and_get(0); /* it waits */
	assert_false(is_open());
	read_hold(QUEUE_HOLD_UNAUTHORIZED);
	assert_int_equal(seen.give_backs, 1);
	assert_int_equal(seen.given_epoch, 6);
	assert_true(is_open());
	assert_true(seen.was_held);
}

static void test_admission_probes_nothing_else_now(void **state)
{
	(void)state;
	read_hold(QUEUE_HOLD_NONE);
	read_hold(QUEUE_HOLD_THROTTLED);
	read_hold(QUEUE_HOLD_PAUSED);
	assert_int_equal(seen.give_backs, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_admission_asks_once_at_a_time),
	    TEST(test_admission_spends_from_the_purse),
	    TEST(test_admission_gives_back_what_a_turn_leaves),
	    TEST(test_admission_without_a_rate_has_nothing_to_give_back),
	    TEST(test_admission_returned_is_spent_again),
	    TEST(test_admission_returned_late_is_lost),
	    TEST(test_admission_returned_under_a_new_hold_goes_back),
	    TEST(test_admission_waits_for_the_rate),
	    TEST(test_admission_looks_at_a_hold_again),
	    TEST(test_admission_asks_anew_when_told_to),
	    TEST(test_admission_unanswered_is_asked_later),
	    TEST(test_admission_of_a_probe_is_for_one),
	    TEST(test_admission_of_a_probe_without_a_job_goes_back),
	    TEST(test_admission_of_a_probe_is_ours_for_probe_every),
	    TEST(test_admission_orders_a_hold_and_stops_meanwhile),
	    TEST(test_admission_orders_no_hold_that_is_old_news),
	    TEST(test_admission_gives_back_what_comes_during_an_order),
	    TEST(test_admission_ends_a_hold),
	    TEST(test_admission_whose_order_failed_is_open),
	    TEST(test_admissions_stopped_give_all_back),
	    TEST(test_admissions_stopped_give_a_probe_back),
	    TEST(test_admission_probes_now_what_may_be_mended),
	    TEST(test_admission_probes_nothing_else_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
