-- What the verbs that move jobs share. CMake puts this file in front of each of
-- them, so a script is: clock.lua, this, what else some share (windows.lua,
-- heads.lua), then one verb.
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
local MANY = 1000 -- arguments of one command; pairs stay together
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

-- The destinations whose blocks follow, `count` of them or all there are.
local function destinations_from(first, count)
	local list = {}
	local last = count and first + (count - 1) * BLOCK or #KEYS

	for key = first, last, BLOCK do
		list[#list + 1] = destination(key)
	end
	return list
end

local function add(list, value)
	list[#list + 1] = value
end

local function add_pair(list, first, second)
	list[#list + 1] = first
	list[#list + 1] = second
end

-- A command with a list of arguments, which may be long, or empty.
local function call_many(command, key, list)
	if #list > 0 and #list <= MANY then
		return redis.call(command, key, unpack(list))
	end
	for first = 1, #list, MANY do
		redis.call(command, key,
			unpack(list, first, math.min(first + MANY - 1, #list)))
	end
end

-- The same for one that answers for each argument.
local function ask_many(command, key, list)
	if #list > 0 and #list <= MANY then
		return redis.call(command, key, unpack(list))
	end
	local answers = {}
	for first = 1, #list, MANY do
		local part = redis.call(command, key,
			unpack(list, first, math.min(first + MANY - 1, #list)))
		for i = 1, #part do
			answers[first + i - 1] = part[i]
		end
	end
	return answers
end

-- Adds to the ledger, all in one write: it balances wherever a script stops.
local function add_counts(d, by)
	local names, counts = {}, {}

	for name, number in pairs(by) do
		if number ~= 0 then
			add(names, name)
		end
	end
	if #names == 0 then
		return
	end
	local old = redis.call('HMGET', d.counts, unpack(names))
	for i, name in ipairs(names) do
		counts[2 * i - 1] = name
		counts[2 * i] = (tonumber(old[i]) or 0) + by[name]
	end
	redis.call('HSET', d.counts, unpack(counts))
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
	return SHARD .. '-' .. string.format('%d', number)
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
