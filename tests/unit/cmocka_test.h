#ifndef TESTS_UNIT_CMOCKA_TEST_H
#define TESTS_UNIT_CMOCKA_TEST_H

/* cmocka wants these before its own header, in this order. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
