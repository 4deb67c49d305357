#ifndef COMMON_QUEUE_QUEUE_SCRIPTS_H
#define COMMON_QUEUE_QUEUE_SCRIPTS_H

/*
 * The scripts, as CMake embeds them: lua/clock.lua, what verbs of a kind share,
 * and lua/<verb>.lua; and the SHA-1 that Redis knows them by.
 */

#include <stddef.h>

extern const char queue_lua_open[];
extern const size_t queue_lua_open_len;
extern const char queue_lua_open_sha1[];
extern const char queue_lua_enqueue[];
extern const size_t queue_lua_enqueue_len;
extern const char queue_lua_enqueue_sha1[];
extern const char queue_lua_claim[];
extern const size_t queue_lua_claim_len;
extern const char queue_lua_claim_sha1[];
extern const char queue_lua_finish[];
extern const size_t queue_lua_finish_len;
extern const char queue_lua_finish_sha1[];
extern const char queue_lua_replay[];
extern const size_t queue_lua_replay_len;
extern const char queue_lua_replay_sha1[];
extern const char queue_lua_stats[];
extern const size_t queue_lua_stats_len;
extern const char queue_lua_stats_sha1[];
extern const char queue_lua_dead[];
extern const size_t queue_lua_dead_len;
extern const char queue_lua_dead_sha1[];
extern const char queue_lua_wake[];
extern const size_t queue_lua_wake_len;
extern const char queue_lua_wake_sha1[];
extern const char queue_lua_admit[];
extern const size_t queue_lua_admit_len;
extern const char queue_lua_admit_sha1[];
extern const char queue_lua_unprobe[];
extern const size_t queue_lua_unprobe_len;
extern const char queue_lua_unprobe_sha1[];
extern const char queue_lua_hold[];
extern const size_t queue_lua_hold_len;
extern const char queue_lua_hold_sha1[];
extern const char queue_lua_resume[];
extern const size_t queue_lua_resume_len;
extern const char queue_lua_resume_sha1[];
extern const char queue_lua_hold_state[];
extern const size_t queue_lua_hold_state_len;
extern const char queue_lua_hold_state_sha1[];
extern const char queue_lua_flow[];
extern const size_t queue_lua_flow_len;
extern const char queue_lua_flow_sha1[];
extern const char queue_lua_remove_dead[];
extern const size_t queue_lua_remove_dead_len;
extern const char queue_lua_remove_dead_sha1[];
extern const char queue_lua_import[];
extern const size_t queue_lua_import_len;
extern const char queue_lua_import_sha1[];
extern const char queue_lua_purge[];
extern const size_t queue_lua_purge_len;
extern const char queue_lua_purge_sha1[];
extern const char queue_lua_forget[];
extern const size_t queue_lua_forget_len;
extern const char queue_lua_forget_sha1[];
extern const char queue_lua_history[];
extern const size_t queue_lua_history_len;
extern const char queue_lua_history_sha1[];
extern const char queue_lua_find_job[];
extern const size_t queue_lua_find_job_len;
extern const char queue_lua_find_job_sha1[];
extern const char queue_lua_audit[];
extern const size_t queue_lua_audit_len;
extern const char queue_lua_audit_sha1[];

#endif
