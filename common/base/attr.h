#ifndef COMMON_BASE_ATTR_H
#define COMMON_BASE_ATTR_H

/* The only place where compiler attributes are spelled out. */

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_arg, first_arg) \
	__attribute__((format(printf, format_arg, first_arg)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
