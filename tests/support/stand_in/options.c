#include "tests/support/stand_in/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

enum {
	KEEP_DEFAULT = 100000,
	KEEP_MAX = 10000000,
	PORT_MAX = 65535,
	RATE_MAX = 1000000000,
};

static const char usage[] =
    "reteno-stand-in [options]\n"
    "  Plays Reteno's endpoints, strictly, and shows what arrived.\n"
    "  --listen HOST:PORT         default 127.0.0.1:0, any free port\n"
    "  --authorization VALUE      what the api host takes, \"Basic ...\";\n"
    "                             default: any credentials\n"
    "  --access-key VALUE         what the mobile host takes; default: any\n"
    "  --tls-cert FILE            PEM, chain; HTTPS then\n"
    "  --tls-key FILE             PEM\n"
    "  --rate [ENDPOINT=]N|off    requests a second, of one endpoint\n"
    "                             (/api/v2/event=350), or of each; repeatable\n"
    "  --duplicate-window-ms N    how long a contact is not taken again,\n"
    "                             default 60000; 0: it always is\n"
    "  --keep N                   so many arrivals, default 100000\n"
    "  --help\n"
    "Prints \"listening URL\" when it is ready. Side endpoints are under\n"
    "/_stand-in/: healthz, arrived, stats, faults.\n";

void options_usage(FILE *out)
{
	(void)fputs(usage, out);
}

static bool read_number(const char *text, int64_t max, int64_t *value)
{
	return slice_to_int64(slice_of(text), value) && *value >= 0 &&
	    *value <= max;
}

static bool read_listen(struct options *options, const char *text)
{
	const char *colon = strrchr(text, ':');
	int64_t port;

	if (colon == NULL || colon == text ||
	    !read_number(colon + 1, PORT_MAX, &port)) {
		return false;
	}
	free(options->host);
	options->host = xstrndup(text, (size_t)(colon - text));
	options->server.host = options->host;
	options->server.port = (uint16_t)port;
	return true;
}

static bool read_authorization(struct options *options, const char *text)
{
	options->judge.secrets.authorization = text;
	return text[0] != '\0';
}

static bool read_access_key(struct options *options, const char *text)
{
	options->judge.secrets.access_key = text;
	return text[0] != '\0';
}

static bool read_cert(struct options *options, const char *text)
{
	options->server.cert_path = text;
	return text[0] != '\0';
}

static bool read_key(struct options *options, const char *text)
{
	options->server.key_path = text;
	return text[0] != '\0';
}

static bool read_rate(struct options *options, const char *text)
{
	const char *equals = strchr(text, '=');
	const char *number = equals == NULL ? text : equals + 1;
	enum endpoint only = ENDPOINT_COUNT;
	int64_t rate = 0;
	enum endpoint e;

	if (equals != NULL) {
		char *name = xstrndup(text, (size_t)(equals - text));

		only = endpoint_of_name(name);
		free(name);
		if (only == ENDPOINT_COUNT) {
			return false;
		}
	}
	if (strcmp(number, "off") != 0 &&
	    (!read_number(number, RATE_MAX, &rate) || rate == 0)) {
		return false;
	}
	for (e = ENDPOINT_DEVICE; e < ENDPOINT_COUNT; e++) {
		if (only == ENDPOINT_COUNT || only == e) {
			options->judge.rates_per_s[e] = (int)rate;
		}
	}
	return true;
}

static bool read_window(struct options *options, const char *text)
{
	return read_number(
	    text, INT64_MAX / 2, &options->judge.repeat_window_ms);
}

static bool read_keep(struct options *options, const char *text)
{
	int64_t keep;

	if (!read_number(text, KEEP_MAX, &keep) || keep == 0) {
		return false;
	}
	options->keep = (size_t)keep;
	return true;
}

/* By the value that getopt_long() returns, which is the place here plus 1. */
static bool (*const readers[])(struct options *options, const char *text) = {
    read_listen, read_authorization, read_access_key, read_cert, read_key,
    read_rate, read_window, read_keep};

static const struct option long_options[] = {
    {"listen", required_argument, NULL, 1},
    {"authorization", required_argument, NULL, 2},
    {"access-key", required_argument, NULL, 3},
    {"tls-cert", required_argument, NULL, 4},
    {"tls-key", required_argument, NULL, 5},
    {"rate", required_argument, NULL, 6},
    {"duplicate-window-ms", required_argument, NULL, 7},
    {"keep", required_argument, NULL, 8},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void set_defaults(struct options *options)
{
	*options = (struct options){.keep = KEEP_DEFAULT};
	options->host = xstrdup("127.0.0.1");
	options->server.host = options->host;
	judge_options_init(&options->judge);
}

bool options_read(
    struct options *options, int argc, char **argv, struct err *err)
{
	int choice;
	int place = -1;

	set_defaults(options);
	opterr = 0; /* what is wrong is said here */
	while ((choice = getopt_long(argc, argv, "", long_options, &place)) !=
	    -1) {
		if (choice == 'h') {
			options->is_help = true;
			return true;
		}
		if (choice < 1 || choice > (int)ARRAY_LEN(readers)) {
			err_set(err,
			    "%s: unknown, or it takes a value; see "
			    "--help",
			    argv[optind - 1]);
			return false;
		}
		if (!readers[choice - 1](options, optarg)) {
			err_set(err, "--%s: not a value that it takes",
			    long_options[place].name);
			return false;
		}
	}
	if (optind != argc) {
		err_set(err, "there are no arguments; see --help");
		return false;
	}
	if ((options->server.cert_path == NULL) !=
	    (options->server.key_path == NULL)) {
		err_set(err, "--tls-cert and --tls-key go together");
		return false;
	}
	return true;
}

void options_finish(struct options *options)
{
	free(options->host);
}
