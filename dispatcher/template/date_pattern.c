#include "dispatcher/template/date_pattern.h"

#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool give_literal(
    struct pattern_reader *reader, struct pattern_piece *piece)
{
	*piece = (struct pattern_piece){.literal = reader->left.data[0]};
	reader->left = slice_from(reader->left, 1);
	return true;
}

static bool give_field(
    struct pattern_reader *reader, struct pattern_piece *piece)
{
	char letter = reader->left.data[0];
	size_t count = 1;

	reader->is_bad |= strchr("GyYMLwWDdFEuaHkKhmsSzZX", letter) == NULL;
	while (count < reader->left.len && reader->left.data[count] == letter) {
		count++;
	}
	reader->is_bad |= count > 255 || (letter == 'X' && count > 3);
	reader->left = slice_from(reader->left, count);
	*piece = (struct pattern_piece){.letter = letter,
	    .count = (int)(count & 0xFF),
	    .is_abutting =
		reader->left.len > 0 && is_letter(reader->left.data[0])};
	return !reader->is_bad;
}

/* 'quoted' is as it stands, '' is an apostrophe inside and outside. */
bool pattern_next(struct pattern_reader *reader, struct pattern_piece *piece)
{
	while (reader->left.len > 0) {
		char c = reader->left.data[0];

		if (c == '\'' && reader->left.len > 1 &&
		    reader->left.data[1] == '\'') {
			reader->left = slice_from(reader->left, 1);
			return give_literal(reader, piece);
		}
		if (c == '\'') {
			reader->left = slice_from(reader->left, 1);
			reader->is_quoted = !reader->is_quoted;
			continue;
		}
		if (reader->is_quoted || !is_letter(c)) {
			return give_literal(reader, piece);
		}
		return give_field(reader, piece);
	}
	reader->is_bad |= reader->is_quoted;
	return false;
}

bool pattern_is_valid(struct slice pattern)
{
	struct pattern_reader reader = {.left = pattern};
	struct pattern_piece piece;

	while (pattern_next(&reader, &piece)) {
	}
	return !reader.is_bad;
}
