#ifndef COMMON_LOOP_LIBEVENT_LOG_H
#define COMMON_LOOP_LIBEVENT_LOG_H

/* What libevent has to say, as lines of our log. */

/* For the whole process, as libevent has it. */
void libevent_log_start(void);

#endif
