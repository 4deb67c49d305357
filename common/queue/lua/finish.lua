-- finish: says what becomes of the heads of leased groups.
--
-- KEYS    1 meta, 2 never, 3... a block
-- ARGV    1 birth; then for each item: group; token; id of the job; "pop",
--         "bury", "retry" or "release"; outcome; "1" when it spends an attempt;
--         delay ms of a retry; when the attempt started (the dispatcher's
--         clock; 0: there was none); ms it took; HTTP status (0: none); note
-- Returns for each item: 1, or 0 when the lease was no longer this one
-- Atomic, so that a job is never both gone and still there. Only the holder of
-- the token moves a group, even after its lease has ended, and only the job
-- that it was given. A dead letter is written before its job leaves; the lease
-- goes last: until then, a stop in between leaves it to lapse.

local refusal = check_birth()
if refusal then
	return refusal
end

local ITEM = 11
local SUFFIXES = 100000
local d = destination(3)
local at_ms = now()
local has_ready = false

local function make_ready(group, verb)
	redis.call(verb, d.ready, group)
	has_ready = true
end

-- Notes the try, if there was one.
local function add_try(record, item)
	if item.started_at_ms > 0 then
		table.insert(record.tries, { item.started_at_ms, item.outcome,
			item.status, item.took_ms })
		while #record.tries > TRIES_KEPT do
			table.remove(record.tries, 1)
		end
	end
	if record.first == 0 and (item.started_at_ms > 0 or item.is_spent) then
		record.first = at_ms - item.took_ms
	end
	if item.is_spent then
		record.count = record.count + 1
	end
end

-- Takes the head off. The group goes to the end of the ready ones, or is gone.
local function remove_head(group)
	redis.call('LPOP', d.jobs .. group)
	local element = redis.call('LINDEX', d.jobs .. group, 0)
	if element then
		local _, accepted_ms = read_head(element)
		redis.call('ZADD', d.heads, accepted_ms or at_ms, group)
		make_ready(group, 'RPUSH')
	else
		redis.call('ZREM', d.heads, group)
	end
	redis.call('HDEL', d.attempts, group)
	redis.call('HINCRBY', d.counts, 'pending', -1)
end

-- Garbage is named by its digest, and the same garbage may come again; so may a
-- copy of a job. No letter is written over another.
local function dead_id(id)
	if redis.call('HEXISTS', d.dead_jobs, id) == 0 then
		return id
	end
	local deaths = tonumber(redis.call('HGET', d.counts, 'dead') or 0)
	return id .. '.' .. string.format('%.0f', deaths % SUFFIXES)
end

local settle = {}

function settle.pop(item)
	local is_skipped = item.outcome == 'skipped'

	remove_head(item.group)
	redis.call('HINCRBY', d.counts, is_skipped and 'skipped' or 'delivered', 1)
end

function settle.bury(item, element)
	local record = read_attempts(d, item.group, item.id)
	local id = dead_id(item.id)

	add_try(record, item)
	redis.call('HSET', d.dead_jobs, id, cmsgpack.pack({
		element = element,
		group = item.group,
		died = at_ms,
		outcome = item.outcome,
		status = item.status,
		note = item.note,
		count = record.count,
		first = record.first,
		losses = record.losses,
		tries = record.tries,
	}))
	redis.call('ZADD', d.dead, at_ms, id)
	remove_head(item.group)
	redis.call('HINCRBY', d.counts, 'dead', 1)
end

function settle.retry(item)
	local record = read_attempts(d, item.group, item.id)

	add_try(record, item)
	-- Lost leases are held against a job until an attempt has an end.
	if item.started_at_ms > 0 then
		record.losses = 0
	end
	write_attempts(d, item.group, record)
	redis.call('ZADD', d.waiting, at_ms + item.delay_ms, item.group)
	has_ready = has_ready or item.delay_ms <= 0
end

function settle.release(item)
	make_ready(item.group, 'LPUSH')
end

-- forget and purge may have taken the job from under the lease.
local function settle_without_job(group, element)
	if element then
		make_ready(group, 'RPUSH')
	else
		redis.call('ZREM', d.heads, group)
	end
end

local function read_item(first)
	return {
		group = ARGV[first],
		token = ARGV[first + 1],
		id = ARGV[first + 2],
		settle = settle[ARGV[first + 3]],
		outcome = ARGV[first + 4],
		is_spent = ARGV[first + 5] == '1',
		delay_ms = tonumber(ARGV[first + 6]),
		started_at_ms = tonumber(ARGV[first + 7]),
		took_ms = tonumber(ARGV[first + 8]),
		status = tonumber(ARGV[first + 9]),
		note = ARGV[first + 10],
	}
end

local function finish(item)
	if redis.call('HGET', d.tokens, item.group) ~= item.token then
		return 0
	end
	local element = redis.call('LINDEX', d.jobs .. item.group, 0)
	local is_current = element and job_id(element) == item.id
	if is_current then
		item.settle(item, element)
	else
		settle_without_job(item.group, element)
	end
	redis.call('ZREM', d.leased, item.group)
	redis.call('HDEL', d.tokens, item.group)
	return is_current and 1 or 0
end

local items = {}
for first = 2, #ARGV, ITEM do
	local item = read_item(first)
	if not (item.settle and item.delay_ms and item.started_at_ms and
		item.took_ms and item.status and item.note) then
		return redis.error_reply('ERR finish: item ' .. (#items + 1) ..
			' is not one')
	end
	items[#items + 1] = item
end

begin_even_when_full()
local verdicts = {}
for i, item in ipairs(items) do
	verdicts[i] = finish(item)
end
if has_ready then
	wake(d)
end
return verdicts
