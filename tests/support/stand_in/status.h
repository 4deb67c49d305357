#ifndef TESTS_SUPPORT_STAND_IN_STATUS_H
#define TESTS_SUPPORT_STAND_IN_STATUS_H

/* The words of a status: "Bad Request" of 400. Never NULL. */
const char *status_phrase(int status);

#endif
