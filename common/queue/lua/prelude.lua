-- What the verbs that move jobs share. CMake puts this file in front of each of
-- them, so a script is: clock.lua, this, then one verb.
--
-- KEYS, in every verb (KEY ORDER, common/queue/queue_keys.c):
--   1 meta, 2 never, then a block for each destination: ready, leased, tokens,
--   waiting, heads, attempts, counts, wake, dead, dead:jobs, history, sent:0,
--   sent:1; in enqueue also seen:0 to seen:6. `never` does not exist; it is
--   declared so that a Cluster answers TRYAGAIN while the slot moves.
-- ARGV, in every verb: 1 the birth of this queue as the caller knows it.

local BLOCK = 13 -- keys of a destination without seen
local HEAD_BYTES = 26
local PARTIAL, AS_SENT = 1, 2 -- flags of a job; there are no others
local EXACT = 2 ^ 53 -- numbers below it are exact in Lua
local TRIES_KEPT = 10
local SHARD = string.match(KEYS[1], ':(%d+)}:meta$')

-- An error reply when Redis does not hold the queue that the caller opened.
local function check_birth()
	if redis.call('HGET', KEYS[1], 'birth') ~= ARGV[1] then
		return redis.error_reply('RELAYEMPTY this is not the queue ' ..
			'that was opened: Redis came back without it')
	end
	return nil
end

-- A write that Redis permits when it is out of memory, and after which it
-- permits the rest of the script. Without it a full Redis could not drain.
local function begin_even_when_full()
	redis.call('HDEL', KEYS[2], '-')
end

-- The key names of a destination whose block starts at KEYS[first].
local function destination(first)
	local ready = KEYS[first]

	return {
		-- The one key that is not declared: it has the group in it.
		jobs = string.sub(ready, 1, -#'ready' - 1) .. 'jobs:',
		ready = ready,
		leased = KEYS[first + 1],
		tokens = KEYS[first + 2],
		waiting = KEYS[first + 3],
		heads = KEYS[first + 4],
		attempts = KEYS[first + 5],
		counts = KEYS[first + 6],
		wake = KEYS[first + 7],
		dead = KEYS[first + 8],
		dead_jobs = KEYS[first + 9],
		history = KEYS[first + 10],
		sent = { [0] = KEYS[first + 11], KEYS[first + 12] },
	}
end

-- JOB HEAD (common/job/job.h): version, flags, id, order, accepted_ms.
local function make_element(flags, id, order, accepted_ms, body)
	return struct.pack('>BBI8I8I8', 2, flags, id, order, accepted_ms) .. body
end

-- id, accepted_ms, order and flags of an element; nil when its head is not one
-- of ours.
local function read_head(element)
	if #element < HEAD_BYTES or string.byte(element) ~= 2 then
		return nil
	end
	local _, flags, id, order, accepted_ms =
		struct.unpack('>BBI8I8I8', element)
	if flags > PARTIAL + AS_SENT or id == 0 or id >= EXACT or
		order >= EXACT or accepted_ms >= EXACT then
		return nil
	end
	return id, accepted_ms, order, flags
end

local function id_text(number)
	return SHARD .. '-' .. string.format('%.0f', number)
end

-- What names an element: its id, or its digest when it is garbage, which must
-- be finished, too.
local function job_id(element)
	local id = read_head(element)

	if id then
		return id_text(id)
	end
	return '?' .. redis.sha1hex(element)
end

-- Wakes one idle dispatcher.
local function wake(d)
	if redis.call('LLEN', d.wake) == 0 then
		redis.call('LPUSH', d.wake, '1')
	end
end

-- Puts a job at the end of its group; true when that made the group ready.
local function append_job(d, group, element, at_ms)
	local list = d.jobs .. group
	local is_first = redis.call('LLEN', list) == 0

	if is_first then
		redis.call('ZADD', d.heads, at_ms, group)
	end
	redis.call('RPUSH', list, element)
	-- forget and purge may leave a lease without a job: its finish will make
	-- the group ready.
	if is_first and not redis.call('ZSCORE', d.leased, group) then
		redis.call('RPUSH', d.ready, group)
		return true
	end
	return false
end

-- What was tried with the head of a group. The record names the job that it is
-- about: one that was left behind by another job does not count.
--   id, count (attempts spent), first (ms; 0: none), losses (leases lost),
--   tries (the last ones, each {at_ms, outcome, status, took_ms})
local function read_attempts(d, group, id)
	local packed = redis.call('HGET', d.attempts, group)

	if packed then
		local is_readable, record = pcall(cmsgpack.unpack, packed)
		if is_readable and type(record) == 'table' and record.id == id then
			return record
		end
	end
	return { id = id, count = 0, first = 0, losses = 0, tries = {} }
end

local function write_attempts(d, group, record)
	redis.call('HSET', d.attempts, group, cmsgpack.pack(record))
end
