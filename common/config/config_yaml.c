/*
 * libyaml's events are folded into the tree with a stack of open lists and
 * maps. In a map every second event is a key, which waits in its frame for its
 * value. Anchors are refused where they are made, so no alias can ever be
 * resolved and no text expands into more than it is.
 */
#include "common/config/config_yaml.h"

#include <yaml.h>

struct frame {
	struct config_yaml_node *node;
	const char *key; /* read, its value is next; NULL: a key is next */
	int key_line;
};

struct builder {
	yaml_parser_t parser;
	struct arena *arena;
	struct err *err;
	struct slice text;
	struct config_yaml_node *root;
	struct frame stack[CONFIG_YAML_DEPTH_MAX];
	size_t depth;
	size_t node_count;
};

static bool fail_at(
    struct builder *builder, const yaml_mark_t *mark, const char *what)
{
	err_set_at(builder->err, (int)mark->line + 1, (int)mark->column + 1,
	    "%s", what);
	return false;
}

/* The reader's errors come as a place in the bytes. */
static int line_of_offset(struct slice text, size_t offset)
{
	int line = 1;

	for (size_t i = 0; i < offset && i < text.len; i++) {
		line += text.data[i] == '\n';
	}
	return line;
}

static bool fail_parser(struct builder *builder)
{
	const yaml_parser_t *parser = &builder->parser;
	const char *problem =
	    parser->problem != NULL ? parser->problem : "cannot be read";

	if (parser->error == YAML_READER_ERROR) {
		err_set_at(builder->err,
		    line_of_offset(builder->text, parser->problem_offset), 0,
		    "not YAML: %s", problem);
		return false;
	}
	err_set_at(builder->err, (int)parser->problem_mark.line + 1,
	    (int)parser->problem_mark.column + 1, "not YAML: %s", problem);
	return false;
}

static struct frame *top(struct builder *builder)
{
	return builder->depth > 0 ? &builder->stack[builder->depth - 1] : NULL;
}

static struct config_yaml_node *new_node(struct builder *builder,
    enum config_yaml_kind kind, const yaml_mark_t *mark)
{
	struct config_yaml_node *node;

	if (builder->node_count == CONFIG_YAML_NODES_MAX) {
		(void)fail_at(builder, mark, "more than 20000 values");
		return NULL;
	}
	builder->node_count++;
	node = arena_calloc(builder->arena, 1, sizeof(*node));
	if (node == NULL) {
		(void)fail_at(builder, mark, "too large");
		return NULL;
	}
	node->kind = kind;
	node->line = (int)mark->line + 1;
	node->column = (int)mark->column + 1;
	node->key_line = node->line;
	return node;
}

/* Hangs a finished or just opened node into the tree. */
static void attach(struct builder *builder, struct config_yaml_node *node)
{
	struct frame *frame = top(builder);

	if (frame == NULL) {
		builder->root = node;
		return;
	}
	if (frame->node->kind == CONFIG_YAML_MAP) {
		node->key = frame->key;
		node->key_line = frame->key_line;
		if (node->kind != CONFIG_YAML_SCALAR) {
			node->line = frame->key_line;
		}
		frame->key = NULL;
	}
	config_yaml_append(frame->node, node);
}

static bool is_key_next(struct builder *builder)
{
	const struct frame *frame = top(builder);

	return frame != NULL && frame->node->kind == CONFIG_YAML_MAP &&
	    frame->key == NULL;
}

static bool take_key(
    struct builder *builder, struct slice text, const yaml_mark_t *mark)
{
	struct frame *frame = top(builder);

	if (text.len == 0) {
		return fail_at(builder, mark, "a key is empty");
	}
	if (text.len > CONFIG_YAML_KEY_MAX) {
		return fail_at(builder, mark, "a key is longer than 200 bytes");
	}
	frame->key = arena_copy(builder->arena, text);
	if (frame->key == NULL) {
		return fail_at(builder, mark, "too large");
	}
	frame->key_line = (int)mark->line + 1;
	if (config_yaml_find(frame->node, text) != NULL) {
		err_set_at(builder->err, frame->key_line, (int)mark->column + 1,
		    "%s: is there twice", frame->key);
		return false;
	}
	return true;
}

static bool on_scalar(struct builder *builder, const yaml_event_t *event)
{
	struct slice text =
	    slice_make(event->data.scalar.value, event->data.scalar.length);
	const yaml_mark_t *mark = &event->start_mark;
	struct config_yaml_node *node;

	if (memchr(text.data, '\0', text.len) != NULL) {
		return fail_at(builder, mark, "a NUL character");
	}
	if (is_key_next(builder)) {
		return take_key(builder, text, mark);
	}
	node = new_node(builder, CONFIG_YAML_SCALAR, mark);
	if (node == NULL) {
		return false;
	}
	node->text = arena_copy(builder->arena, text);
	if (node->text == NULL) {
		return fail_at(builder, mark, "too large");
	}
	node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	attach(builder, node);
	return true;
}

static bool on_open(struct builder *builder, enum config_yaml_kind kind,
    const yaml_mark_t *mark)
{
	struct config_yaml_node *node;

	if (is_key_next(builder)) {
		return fail_at(builder, mark, "a key must be a plain text");
	}
	if (builder->depth == CONFIG_YAML_DEPTH_MAX) {
		return fail_at(builder, mark, "nested more than 32 deep");
	}
	node = new_node(builder, kind, mark);
	if (node == NULL) {
		return false;
	}
	attach(builder, node);
	builder->stack[builder->depth] = (struct frame){.node = node};
	builder->depth++;
	return true;
}

/* Anchors and tags hang on three kinds of events. */
static bool check_plainness(struct builder *builder, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL;
	const yaml_char_t *tag = NULL;

	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor != NULL) {
		return fail_at(
		    builder, &event->start_mark, "anchors (&) are not allowed");
	}
	if (tag != NULL) {
		return fail_at(
		    builder, &event->start_mark, "tags (!) are not allowed");
	}
	return true;
}

static bool on_event(struct builder *builder, const yaml_event_t *event)
{
	if (!check_plainness(builder, event)) {
		return false;
	}
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(builder, event);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(builder, CONFIG_YAML_LIST, &event->start_mark);
	case YAML_MAPPING_START_EVENT:
		return on_open(builder, CONFIG_YAML_MAP, &event->start_mark);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		builder->depth--;
		return true;
	case YAML_ALIAS_EVENT:
		return fail_at(
		    builder, &event->start_mark, "aliases (*) are not allowed");
	case YAML_DOCUMENT_START_EVENT:
		return builder->root == NULL ||
		    fail_at(builder, &event->start_mark, "a second document");
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return true;
	}
	return true;
}

static bool build(struct builder *builder)
{
	bool is_end = false;

	while (!is_end) {
		yaml_event_t event;
		bool ok;

		if (!yaml_parser_parse(&builder->parser, &event)) {
			return fail_parser(builder);
		}
		ok = on_event(builder, &event);
		is_end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		if (!ok) {
			return false;
		}
	}
	if (builder->root == NULL) {
		err_set_at(builder->err, 1, 1, "is empty");
		return false;
	}
	return true;
}

struct config_yaml_node *config_yaml_parse(
    struct slice text, struct arena *arena, struct err *err)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	struct builder builder = {.arena = arena, .err = err};
	bool ok;

	if (text.len > CONFIG_YAML_BYTES_MAX) {
		err_set_at(err, 1, 1, "larger than 1MiB");
		return NULL;
	}
	if (!yaml_parser_initialize(&builder.parser)) {
		err_set(err, "no memory");
		return NULL;
	}
	if (slice_starts_with(text, byte_order_mark)) {
		text = slice_from(text, strlen(byte_order_mark));
	}
	builder.text = text;
	yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&builder.parser,
	    (const unsigned char *)(text.data != NULL ? text.data : ""),
	    text.len);
	ok = build(&builder);
	yaml_parser_delete(&builder.parser);
	return ok ? builder.root : NULL;
}

bool config_yaml_is_null(const struct config_yaml_node *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

	if (node->kind != CONFIG_YAML_SCALAR || !node->is_plain) {
		return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(nulls); i++) {
		if (strcmp(node->text, nulls[i]) == 0) {
			return true;
		}
	}
	return false;
}

struct config_yaml_node *config_yaml_find(
    const struct config_yaml_node *map, struct slice key)
{
	if (map == NULL || map->kind != CONFIG_YAML_MAP) {
		return NULL;
	}
	for (struct config_yaml_node *member = map->first; member != NULL;
	     member = member->next) {
		if (slice_is(key, member->key)) {
			return member;
		}
	}
	return NULL;
}

size_t config_yaml_count(const struct config_yaml_node *parent)
{
	size_t count = 0;

	for (const struct config_yaml_node *member = parent->first;
	     member != NULL; member = member->next) {
		count++;
	}
	return count;
}

void config_yaml_append(
    struct config_yaml_node *parent, struct config_yaml_node *node)
{
	if (parent->last != NULL) {
		parent->last->next = node;
	} else {
		parent->first = node;
	}
	parent->last = node;
}
