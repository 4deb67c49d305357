/*
 * FreeMarker's white-space stripping, rule by rule, over a tree of the same
 * shape as FreeMarker's: its TextBlock, restated.
 *
 * A line that holds nothing but tags and white space loses its indentation and
 * its line break. That is decided per text block: what stands before its first
 * line break (the opening) and behind its last (the trailing) goes, if it is
 * blank and no neighbour on the same line "heeds" it; only text and
 * interpolations heed. The first text at top level is never touched.
 *
 * Elements are cleaned depth first; what a clean-up leaves empty is dropped
 * from its parent only after all its siblings were cleaned, because they look
 * at each other. Depth is the parser's, which is bounded.
 */
#include "dispatcher/template/parser.h"

/* Java's String.trim: everything up to a blank. */
static bool is_trimmable(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.data[i] > ' ') {
			return false;
		}
	}
	return true;
}

static bool is_line_break(char c)
{
	return c == '\n' || c == '\r';
}

/* Java's Character.isWhitespace, for the character that begins at `at`: the
 * Unicode spaces are E1 9A 80, E2 80 80..8A (not 87), E2 80 A8, E2 80 A9,
 * E2 81 9F and E3 80 80. Its length, or 0. */
static size_t space_length(struct slice text, size_t at)
{
	const unsigned char *bytes = (const unsigned char *)text.data + at;
	size_t left = text.len - at;

	if ((bytes[0] >= 0x09 && bytes[0] <= 0x0D) ||
	    (bytes[0] >= 0x1C && bytes[0] <= 0x20)) {
		return 1;
	}
	if (left < 3) {
		return 0;
	}
	if ((bytes[0] == 0xE1 && bytes[1] == 0x9A && bytes[2] == 0x80) ||
	    (bytes[0] == 0xE2 && bytes[1] == 0x81 && bytes[2] == 0x9F) ||
	    (bytes[0] == 0xE3 && bytes[1] == 0x80 && bytes[2] == 0x80)) {
		return 3;
	}
	if (bytes[0] == 0xE2 && bytes[1] == 0x80 &&
	    ((bytes[2] >= 0x80 && bytes[2] <= 0x8A && bytes[2] != 0x87) ||
		bytes[2] == 0xA8 || bytes[2] == 0xA9)) {
		return 3;
	}
	return 0;
}

/* Whether `text` has a character that is no white space. */
static bool has_ink(struct slice text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t space = space_length(text, at);

		if (space == 0) {
			return true;
		}
		at += space;
	}
	return false;
}

/* Bytes up to the first line break, or all with *found false. */
static size_t first_line(struct slice text, bool *found)
{
	for (size_t i = 0; i < text.len; i++) {
		if (is_line_break(text.data[i])) {
			*found = true;
			return i;
		}
	}
	*found = false;
	return text.len;
}

/* Where the last line begins: behind the last line break, or 0. */
static size_t last_line_start(struct slice text, bool *found)
{
	for (size_t i = text.len; i > 0; i--) {
		if (is_line_break(text.data[i - 1])) {
			*found = true;
			return i;
		}
	}
	*found = false;
	return 0;
}

static bool is_top_level(const struct element *element)
{
	return element->parent == NULL ||
	    (element->parent->kind == ELEMENT_ROOT &&
		element->parent->parent == NULL);
}

static bool prints_nothing(const struct element *element)
{
	if (element == NULL) {
		return false;
	}
	return element->kind == ELEMENT_MACRO ||
	    element->kind == ELEMENT_ASSIGN ||
	    element->kind == ELEMENT_ASSIGN_SEVERAL ||
	    element->kind == ELEMENT_SETTING ||
	    element->kind == ELEMENT_COMMENT;
}

static bool is_ignorable_text(const struct element *element)
{
	bool at_top = is_top_level(element);

	if (element->text.len == 0) {
		return true;
	}
	if (!is_trimmable(element->text)) {
		return false;
	}
	return ((element->prev == NULL && at_top) ||
		   prints_nothing(element->prev)) &&
	    ((element->next == NULL && at_top) ||
		prints_nothing(element->next));
}

static bool is_ignorable(const struct element *element, bool strips)
{
	switch ((int)element->kind) {
	case ELEMENT_TEXT:
		return strips ? is_ignorable_text(element)
			      : element->text.len == 0;
	case ELEMENT_TRIM:
		return true;
	case ELEMENT_COMPRESS:
	case ELEMENT_BLOCK:
		return element->first_child == NULL;
	default:
		return false;
	}
}

/* Macros and captures count as one thing: nobody looks into them. */
static bool is_leaf(const struct element *element)
{
	return element->first_child == NULL || element->kind == ELEMENT_MACRO ||
	    element->kind == ELEMENT_CAPTURE;
}

static struct element *previous_leaf(struct element *element)
{
	while (element != NULL && element->prev == NULL) {
		element = element->parent;
	}
	if (element == NULL) {
		return NULL;
	}
	element = element->prev;
	while (!is_leaf(element)) {
		element = element->last_child;
	}
	return element;
}

static struct element *next_leaf(struct element *element)
{
	while (element != NULL && element->next == NULL) {
		element = element->parent;
	}
	if (element == NULL) {
		return NULL;
	}
	element = element->next;
	while (!is_leaf(element)) {
		element = element->first_child;
	}
	return element;
}

/* Does the element mind what stands behind it on its line? */
static bool heeds_opening(const struct element *element)
{
	bool found;
	size_t start;

	if (element->kind == ELEMENT_INTERPOLATION ||
	    element->kind == ELEMENT_NUMERIC) {
		return true;
	}
	if (element->kind != ELEMENT_TEXT || is_ignorable_text(element)) {
		return false;
	}
	start = last_line_start(element->text, &found);
	return !found || has_ink(slice_from(element->text, start));
}

/* ... and what stands before it? */
static bool heeds_trailing(const struct element *element)
{
	bool found;
	size_t len;

	if (element->kind == ELEMENT_INTERPOLATION ||
	    element->kind == ELEMENT_NUMERIC) {
		return true;
	}
	if (element->kind != ELEMENT_TEXT || is_ignorable_text(element)) {
		return false;
	}
	len = first_line(element->text, &found);
	return !found || has_ink(slice_make(element->text.data, len));
}

static size_t leading_space(struct slice text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t space = space_length(text, at);

		if (space == 0) {
			break;
		}
		at += space;
	}
	return at;
}

static size_t without_trailing_space(struct slice text)
{
	size_t inked = 0;
	size_t at = 0;

	while (at < text.len) {
		size_t space = space_length(text, at);

		at += space == 0 ? 1 : space;
		inked = space == 0 ? at : inked;
	}
	return inked;
}

/* A piece cut out of the text's middle: what is before it moves up, in place:
 * the text is the template's own copy of its source. */
static struct slice cut_out(struct slice text, size_t from, size_t to)
{
	char *bytes = (char *)text.data;

	memmove(bytes + to - from, bytes, from);
	return slice_make(bytes + to - from, text.len - (to - from));
}

/* <#lt> or <#t> behind us on the line: takes our last line's indentation. */
static void trim_left(struct element *text)
{
	bool found;
	size_t start = last_line_start(text->text, &found);
	struct slice last = slice_from(text->text, start);

	if (!found && text->begin_column != 1) {
		return;
	}
	if (is_trimmable(last)) {
		text->text.len = start;
	} else {
		text->text =
		    cut_out(text->text, start, start + leading_space(last));
	}
}

static bool trims_left(struct element *text)
{
	bool result = false;

	for (struct element *other = next_leaf(text);
	     other != NULL && other->begin_line == text->end_line;
	     other = next_leaf(other)) {
		if (other->kind != ELEMENT_TRIM) {
			continue;
		}
		if (other->trim.left) {
			trim_left(text);
		}
		result |= other->trim.left || !other->trim.right;
	}
	return result;
}

/* Whether what is left behind the line break may go, too. */
static bool rest_of_line_goes(struct element *text)
{
	bool goes = true;

	for (struct element *other = next_leaf(text);
	     other != NULL && other->begin_line == text->end_line;
	     other = next_leaf(other)) {
		if (heeds_opening(other)) {
			goes = false;
		}
		if (other->kind == ELEMENT_TRIM && other->trim.left) {
			return true;
		}
	}
	return goes;
}

static size_t skip_line_break(struct slice text, size_t at)
{
	if (text.data[at] == '\r' && at + 1 < text.len &&
	    text.data[at + 1] == '\n') {
		return at + 2;
	}
	return at + 1;
}

/* <#rt> or <#t> before us on the line: takes our first line's end. False when
 * there is no line break to take. */
static bool trim_right(struct element *text)
{
	bool found;
	size_t len = first_line(text->text, &found);
	size_t break_end;
	size_t printable;

	if (!found) {
		return false;
	}
	break_end = skip_line_break(text->text, len);
	if (is_trimmable(slice_make(text->text.data, break_end))) {
		text->text = slice_from(text->text, break_end);
		text->begin_line++;
		text->begin_column = 1;
		return true;
	}
	printable =
	    without_trailing_space(slice_make(text->text.data, break_end));
	if (is_trimmable(slice_from(text->text, break_end)) &&
	    rest_of_line_goes(text)) {
		text->text.len = printable;
	} else {
		text->text = cut_out(text->text, printable, break_end);
	}
	return true;
}

static bool trims_right(struct element *text)
{
	bool result = false;

	for (struct element *other = previous_leaf(text);
	     other != NULL && other->end_line == text->begin_line;
	     other = previous_leaf(other)) {
		if (other->kind != ELEMENT_TRIM) {
			continue;
		}
		if (other->trim.right && !trim_right(text)) {
			return false;
		}
		result |= other->trim.right || !other->trim.left;
	}
	return result;
}

static size_t measure_opening(struct element *text)
{
	bool found;
	size_t len = first_line(text->text, &found);

	if (!found && text->begin_column != 1) {
		return 0;
	}
	len = found ? skip_line_break(text->text, len) : 0;
	if (!is_trimmable(slice_make(text->text.data, len))) {
		return 0;
	}
	for (struct element *other = previous_leaf(text);
	     other != NULL && other->end_line == text->begin_line;
	     other = previous_leaf(other)) {
		if (heeds_opening(other)) {
			return 0;
		}
	}
	return len;
}

static size_t measure_trailing(struct element *text)
{
	bool found;
	size_t start = last_line_start(text->text, &found);

	if (!found && text->begin_column != 1) {
		return 0;
	}
	if (!is_trimmable(slice_from(text->text, start))) {
		return 0;
	}
	for (struct element *other = next_leaf(text);
	     other != NULL && other->begin_line == text->end_line;
	     other = next_leaf(other)) {
		if (heeds_trailing(other)) {
			return 0;
		}
	}
	return text->text.len - start;
}

static void clean_text(struct element *text, bool strips)
{
	bool trimmed_left;
	bool trimmed_right;
	size_t opening = 0;
	size_t trailing = 0;

	if (text->text.len == 0) {
		return;
	}
	trimmed_left = trims_left(text);
	trimmed_right = trims_right(text);
	if (!strips || text->text.len == 0 ||
	    (is_top_level(text) && text->prev == NULL)) {
		return;
	}
	if (!trimmed_left) {
		trailing = measure_trailing(text);
	}
	if (!trimmed_right) {
		opening = measure_opening(text);
	}
	if (opening + trailing > text->text.len) {
		opening = text->text.len - trailing;
	}
	text->text = slice_make(
	    text->text.data + opening, text->text.len - opening - trailing);
	if (opening > 0) {
		text->begin_line++;
		text->begin_column = 1;
	}
}

static void unlink_element(struct element *element)
{
	struct element *parent = element->parent;

	if (element->prev != NULL) {
		element->prev->next = element->next;
	} else {
		parent->first_child = element->next;
	}
	if (element->next != NULL) {
		element->next->prev = element->prev;
	} else {
		parent->last_child = element->prev;
	}
}

void whitespace_clean(struct element *root, bool strips)
{
	if (root->kind == ELEMENT_TEXT) {
		clean_text(root, strips);
		return;
	}
	for (struct element *child = root->first_child; child != NULL;
	     child = child->next) {
		whitespace_clean(child, strips);
	}
	/* FreeMarker's tree of one element is that element, without a list
	 * around it that could drop it. */
	if (root->kind == ELEMENT_ROOT &&
	    root->first_child == root->last_child) {
		return;
	}
	for (struct element *child = root->first_child; child != NULL;) {
		struct element *next = child->next;

		if (is_ignorable(child, strips)) {
			unlink_element(child);
		}
		child = next;
	}
}
