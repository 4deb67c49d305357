#include "dispatcher/ctl/ctl_lines.h"

void ctl_lines_init(struct ctl_lines *lines, FILE *file, size_t max_bytes)
{
	*lines = (struct ctl_lines){.file = file};
	strbuf_init(&lines->text, max_bytes);
}

void ctl_lines_finish(struct ctl_lines *lines)
{
	strbuf_finish(&lines->text);
}

bool ctl_lines_next(struct ctl_lines *lines)
{
	bool is_empty = true;
	int c;

	strbuf_clear(&lines->text);
	while ((c = getc_unlocked(lines->file)) != EOF) {
		is_empty = false;
		if (c == '\n') {
			break;
		}
		strbuf_append_char(&lines->text, (char)c);
	}
	lines->number++;
	lines->is_too_long = strbuf_failed(&lines->text);
	return !is_empty && ferror(lines->file) == 0;
}
