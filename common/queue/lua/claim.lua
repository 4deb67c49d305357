-- claim: leases groups of one destination and shard, and returns their heads.
--
-- KEYS    1 meta, 2 never, 3... a block
-- ARGV    1 birth; 2 token of what is claimed now; 3 "1" when the reply of an
--         earlier call with this token was lost; 4 ms until lapsed leases may
--         be claimed (0: now); 5 most jobs; 6 most bytes (the job that passes
--         them is the last); 7 lease_ms; 8 retry_limit_ms, the furthest off
--         that a retry can be
-- Returns {now, ms left of the leases, ms to the next due time or lease end or
--         -1, 1 if more could be claimed, then for each lease: group, element,
--         id, attempts spent, first attempt at, leases lost}
-- Atomic, so that a group has one holder. A group gets its lease before it
-- leaves where it was: a stop in between leaves a lease that lapses.

local refusal = check_birth()
if refusal then
	return refusal
end

local RESCORED = 100 -- in one call
local DROPPED = 1000 -- in one call
local d = destination(3)
local at_ms = now()
local token = ARGV[2]
local reap_in_ms = tonumber(ARGV[4])
local max_jobs = tonumber(ARGV[5])
local max_bytes = tonumber(ARGV[6])
local lease_ms = tonumber(ARGV[7])
local retry_limit_ms = tonumber(ARGV[8])
local reply = { at_ms, lease_ms, -1, 0 }
local taken, bytes, dropped = 0, 0, 0

local function head_of(group)
	return redis.call('LINDEX', d.jobs .. group, 0)
end

local function is_enough()
	return taken >= max_jobs or bytes >= max_bytes
end

local function add_to_reply(group, element, record)
	local last = #reply
	reply[last + 1] = group
	reply[last + 2] = element
	reply[last + 3] = record.id
	reply[last + 4] = record.count
	reply[last + 5] = record.first
	reply[last + 6] = record.losses
	taken = taken + 1
	bytes = bytes + #element
end

local function lease(group, element, record)
	redis.call('ZADD', d.leased, at_ms + lease_ms, group)
	redis.call('HSET', d.tokens, group, token)
	add_to_reply(group, element, record)
end

-- What this token holds already. Leases that ended since are left to the reaper.
local function repeat_reply()
	local held = redis.call('HGETALL', d.tokens)

	for i = 1, #held, 2 do
		local group = held[i]
		local ends = held[i + 1] == token and
			redis.call('ZSCORE', d.leased, group)
		local element = ends and head_of(group)
		if element and tonumber(ends) > at_ms then
			reply[2] = math.min(reply[2], tonumber(ends) - at_ms)
			add_to_reply(group, element,
				read_attempts(d, group, job_id(element)))
		end
	end
end

-- Clocks jump: a retry further off than any policy sets is due now, and a lease
-- that ends much later than any ends in one lease. (Twice as late, so that a
-- dispatcher with a shorter lease_ms does not cut those of one with a longer.)
local function mend_times()
	local waiting = redis.call('ZRANGEBYSCORE', d.waiting,
		'(' .. string.format('%.0f', at_ms + retry_limit_ms), '+inf',
		'LIMIT', 0, RESCORED)
	for _, group in ipairs(waiting) do
		redis.call('ZADD', d.waiting, at_ms, group)
	end
	local leased = redis.call('ZRANGEBYSCORE', d.leased,
		'(' .. string.format('%.0f', at_ms + 2 * lease_ms), '+inf',
		'LIMIT', 0, RESCORED)
	for _, group in ipairs(leased) do
		redis.call('ZADD', d.leased, at_ms + lease_ms, group)
	end
end

local function claim_lapsed()
	local lapsed = redis.call('ZRANGEBYSCORE', d.leased, '-inf', at_ms,
		'LIMIT', 0, max_jobs)

	for _, group in ipairs(lapsed) do
		local element = head_of(group)
		if is_enough() then
			return
		elseif element then
			local record = read_attempts(d, group, job_id(element))
			record.losses = record.losses + 1
			write_attempts(d, group, record)
			redis.call('HINCRBY', d.counts, 'lease_losses', 1)
			lease(group, element, record)
		else
			redis.call('ZREM', d.heads, group)
			redis.call('ZREM', d.leased, group)
			redis.call('HDEL', d.tokens, group)
		end
	end
end

-- The first group whose retry is due, with its head. What should not be in the
-- set, because a script was stopped half-way, is dropped.
local function next_due()
	while dropped < DROPPED do
		local group = redis.call('ZRANGEBYSCORE', d.waiting, '-inf', at_ms,
			'LIMIT', 0, 1)[1]
		if not group then
			return nil
		end
		local element = head_of(group)
		if element and not redis.call('ZSCORE', d.leased, group) then
			return group, element
		end
		redis.call('ZREM', d.waiting, group)
		if not element then
			redis.call('ZREM', d.heads, group)
		end
		dropped = dropped + 1
	end
	return nil
end

-- The same for the first ready group.
local function next_ready()
	while dropped < DROPPED do
		local group = redis.call('LINDEX', d.ready, 0)
		if not group then
			return nil
		end
		local element = head_of(group)
		if element and not redis.call('ZSCORE', d.leased, group) and
			not redis.call('ZSCORE', d.waiting, group) then
			return group, element
		end
		redis.call('LPOP', d.ready)
		if not element then
			redis.call('ZREM', d.heads, group)
		end
		dropped = dropped + 1
	end
	return nil
end

local function is_older(group, other)
	return tonumber(redis.call('ZSCORE', d.heads, group) or 0) <=
		tonumber(redis.call('ZSCORE', d.heads, other) or 0)
end

-- Due and ready in turn while there are both, over calls, too, so that neither
-- starves the other; the one with the older head begins.
local function claim_in_turn()
	local last = redis.call('HGET', d.counts, 'turn')
	local turn = last
	local due, due_element, ready, ready_element

	while not is_enough() do
		if not due then
			due, due_element = next_due()
		end
		if not ready then
			ready, ready_element = next_ready()
		end
		if not due and not ready then
			break
		end
		local is_due = not ready
		if due and ready then
			is_due = turn == 'ready' or
				(turn ~= 'due' and is_older(due, ready))
			turn = is_due and 'due' or 'ready'
		end
		if is_due then
			lease(due, due_element,
				read_attempts(d, due, job_id(due_element)))
			redis.call('ZREM', d.waiting, due)
			due = nil
		else
			lease(ready, ready_element,
				read_attempts(d, ready, job_id(ready_element)))
			redis.call('LPOP', d.ready)
			ready = nil
		end
	end
	if turn ~= last then
		redis.call('HSET', d.counts, 'turn', turn)
	end
end

local function has_more()
	return redis.call('LLEN', d.ready) > 0 or
		redis.call('ZCOUNT', d.waiting, '-inf', at_ms) > 0 or
		(reap_in_ms == 0 and
			redis.call('ZCOUNT', d.leased, '-inf', at_ms) > 0)
end

local function next_ms()
	local waiting = redis.call('ZRANGE', d.waiting, 0, 0, 'WITHSCORES')[2]
	local leased = redis.call('ZRANGE', d.leased, 0, 0, 'WITHSCORES')[2]
	local due_ms = waiting and math.max(0, tonumber(waiting) - at_ms)
	local lapse_ms = leased and
		math.max(0, reap_in_ms, tonumber(leased) - at_ms)

	if due_ms and lapse_ms then
		return math.min(due_ms, lapse_ms)
	end
	return due_ms or lapse_ms or -1
end

begin_even_when_full()
if ARGV[3] == '1' then
	repeat_reply()
end
if taken == 0 then
	mend_times()
	if reap_in_ms == 0 then
		claim_lapsed()
	end
	claim_in_turn()
end

reply[3] = next_ms()
if has_more() then
	reply[4] = 1
	wake(d)
end
return reply
