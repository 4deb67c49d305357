-- claim: leases groups of one destination and shard, and returns their heads.
--
-- KEYS    1 meta, 2 never, 3... a block, then one for each destination that
--         this one is `after`, then one for each that is `after` this one
-- ARGV    1 birth; 2 token of what is claimed now; 3 "1" when the reply of an
--         earlier call with this token was lost; 4 ms until lapsed leases may
--         be claimed (0: now); 5 most jobs; 6 most bytes (the job that passes
--         them is the last); 7 lease_ms; 8 retry_limit_ms, the furthest off
--         that a retry can be; 9 "1": a suspect may come; 10 max_lease_losses
--         (0: no limit); 11 dead_limit of this shard (0: none); 12 how many
--         jobs done are to be remembered; 13 sent_for (ms; 0: not remembered);
--         14 number of destinations that this one is `after`; 15 after_limit
--         (ms)
-- Returns {now, ms left of the leases, ms to the next due time or lease end or
--         -1, 1 if more could be claimed, then for each lease: group, element,
--         id, attempts spent, first attempt at, leases lost as a suspect, 1 if
--         it is one, last `unauthorized` at, what was sent last or ''}
--         (LEASE FIELDS, common/queue/queue_codec.c)
-- Atomic, so that a group has one holder. A group gets its lease before it
-- leaves where it was: a stop in between leaves a lease that lapses.

local refusal = check_birth()
if refusal then
	return refusal
end

local MOST = 100 -- of what is seldom many, in one call
local LOOK_MS = 200 -- who may take no suspect looks again
local d = destination(3)
local at_ms = now()
local token = ARGV[2]
local reap_in_ms = tonumber(ARGV[4])
local max_jobs = tonumber(ARGV[5])
local max_bytes = tonumber(ARGV[6])
local lease_ms = tonumber(ARGV[7])
local after_limit_ms = tonumber(ARGV[15])
local retry_limit_ms = math.max(tonumber(ARGV[8]), after_limit_ms)
local takes_suspect = ARGV[9] == '1'
local sent_for_ms = tonumber(ARGV[13])
local after_count = tonumber(ARGV[14])
local reply = { at_ms, lease_ms, -1, 0 }

-- What is to be leased.
local groups, elements, records = {}, {}, {}
local bytes = 0

local function first_of(key)
	return tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
end

-- The first lease end and due time; nil: there is none.
local leased_ms, waiting_ms = first_of(d.leased), first_of(d.waiting)
local is_ready_empty = false -- else it is not known

local function add_to_reply(group, element, record, sent)
	local last = #reply
	reply[last + 1] = group
	reply[last + 2] = element
	reply[last + 3] = record.id
	reply[last + 4] = record.count
	reply[last + 5] = record.first
	reply[last + 6] = record.losses
	reply[last + 7] = record.suspect and 1 or 0
	reply[last + 8] = record.refused or 0
	reply[last + 9] = sent
end

local function take(group, element, record)
	local last = #groups + 1
	groups[last] = group
	elements[last] = element
	records[last] = record
	bytes = bytes + #element
end

-- What this token holds already. Leases that ended since are left to the reaper.
local function repeat_reply()
	local held = redis.call('HGETALL', d.tokens)

	for i = 1, #held, 2 do
		local group = held[i]
		local sent = read_token(held[i + 1], token)
		local ends = sent and
			tonumber(redis.call('ZSCORE', d.leased, group))
		local element = ends and ends > at_ms and
			redis.call('LINDEX', d.jobs .. group, 0)
		if element then
			local record = unpack_attempts(redis.call('HGET',
				d.attempts, group), job_id(element))
			reply[2] = math.min(reply[2], ends - at_ms)
			add_to_reply(group, element, record, sent)
		end
	end
	return #reply > 4
end

-- Clocks jump: a retry further off than any policy sets is due now, and a lease
-- that ends much later than any ends in one lease. (Twice as late, so that a
-- dispatcher with a shorter lease_ms does not cut those of one with a longer.)
-- Returns the first of all then.
local function mend_times(key, first_ms, limit_ms, mended_ms)
	local late = first_ms and redis.call('ZRANGEBYSCORE', key,
		'(' .. string.format('%d', at_ms + limit_ms), '+inf',
		'LIMIT', 0, MOST) or {}

	for _, group in ipairs(late) do
		redis.call('ZADD', key, mended_ms, group)
		first_ms = math.min(first_ms, mended_ms)
	end
	return first_ms
end

-- What was sent last for each group; the memory of it is gone then, as nobody
-- knows what is sent next until somebody says so.
local function take_sent()
	local sent = {}

	for i, record in ipairs(records) do
		sent[i] = record.sent or ''
	end
	if sent_for_ms == 0 or #groups == 0 then
		return sent
	end
	local window = open_window(d, 'sent', SENT_SLOTS, sent_for_ms, at_ms)
	for slot = 0, SENT_SLOTS - 1 do
		local known = {}
		local values = window.is_expired[slot] and {} or
			ask_many('HMGET', d.sent[slot], groups)
		for i, group in ipairs(groups) do
			if values[i] then
				add(known, group)
				sent[i] = values[i]
			end
		end
		call_many('HDEL', d.sent[slot], known)
	end
	return sent
end

-- Leases what was taken. It is still where it was, too. Behind the token is what
-- was sent, for a repeat.
local function write_leases()
	local sent = take_sent()
	local ends, tokens = {}, {}
	local ends_at = string.format('%d', at_ms + lease_ms)

	for i, group in ipairs(groups) do
		add_pair(ends, ends_at, group)
		add_pair(tokens, group,
			sent[i] == '' and token or token .. ' ' .. sent[i])
		add_to_reply(group, elements[i], records[i], sent[i])
	end
	call_many('ZADD', d.leased, ends)
	call_many('HSET', d.tokens, tokens)
end

-- Claims the first suspect, if there is one.
local function claim_suspect()
	local group, element, record = find_suspect(d, {
		at_ms = at_ms,
		most = MOST,
		max_losses = tonumber(ARGV[10]),
		dead_limit = tonumber(ARGV[11]),
		history_limit = tonumber(ARGV[12]),
		dependents = destinations_from(3 + BLOCK * (1 + after_count)),
	})

	if group then
		take(group, element, record)
		write_leases()
	end
end

local function claim_in_turn()
	local turns = open_turns(d, {
		at_ms = at_ms,
		max_jobs = max_jobs,
		is_any_leased = leased_ms ~= nil,
		is_any_waiting = waiting_ms ~= nil,
		is_any_due = waiting_ms and waiting_ms <= at_ms,
		after = destinations_from(3 + BLOCK, after_count),
		after_limit_ms = after_limit_ms,
	})

	while #groups < max_jobs and bytes < max_bytes do
		local group, element, record = take_turn(turns)
		if not group then
			break
		end
		take(group, element, record)
	end
	write_places(turns)
	write_leases()
	is_ready_empty = close_turns(turns)
	waiting_ms = waiting_ms or turns.blocked[1]
	leased_ms = turns.suspects[1] or leased_ms
end

-- Says when there is more to be claimed.
local function look_ahead()
	local waiting = waiting_ms and first_of(d.waiting)
	local leased = leased_ms
	if leased and leased <= at_ms then
		leased = first_of(d.leased)
	elseif #groups > 0 then
		leased = math.min(leased or at_ms + lease_ms, at_ms + lease_ms)
	end
	local due_ms = waiting and math.max(0, waiting - at_ms)
	local lapse_ms = leased and math.max(0, reap_in_ms, leased - at_ms)

	if leased and leased <= at_ms and not takes_suspect then
		lapse_ms = math.max(lapse_ms, LOOK_MS)
	end
	reply[3] = math.min(due_ms or lapse_ms or -1, lapse_ms or due_ms or -1)
	if reply[3] == 0 or
		(not is_ready_empty and redis.call('LLEN', d.ready) > 0) then
		reply[4] = 1
	end
end

begin_even_when_full()
local was_idle = not leased_ms
if ARGV[3] ~= '1' or not repeat_reply() then
	waiting_ms = mend_times(d.waiting, waiting_ms, retry_limit_ms, at_ms)
	leased_ms = mend_times(d.leased, leased_ms, 2 * lease_ms,
		at_ms + lease_ms)
	if takes_suspect and reap_in_ms == 0 and leased_ms and
		leased_ms <= at_ms then
		claim_suspect()
	end
	if #groups == 0 then
		claim_in_turn()
	end
end
look_ahead()
-- The first lease wakes one more dispatcher: so that somebody else knows when it
-- ends, and can take over.
if reply[4] == 1 or (#groups > 0 and was_idle) then
	wake(d)
end
return reply
