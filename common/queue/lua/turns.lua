-- How claim chooses among groups that are due and groups that are ready: in turn
-- while there are both, over calls, too, so that neither starves the other; the one
-- with the older head begins. Nothing is written before close_turns.

local CHUNK = 100 -- groups looked at together
local DROPPED = 1000 -- in one call

-- `policy` has at_ms; max_jobs; is_any_leased, is_any_waiting, is_any_due: false
-- when it is known that there is none; `after`, the destinations waited for, and
-- after_limit_ms.
--
-- Each of `due` and `ready` is read in its order, some at a time, with what must be
-- known of them. `place` is how many were looked at, `left` who leaves the set;
-- `group`, `element` and `record` the next that can be leased.
local function open_turns(d, policy)
	return {
		d = d,
		policy = policy,
		ready = { groups = {}, at = 0, place = 0, left = {} },
		due = { groups = {}, at = 0, place = 0, left = {},
			is_over = not policy.is_any_due },
		blocked = {}, -- arguments of ZADD
		suspects = {},
		empty = {}, -- groups without a job
		is_chosen = {},
		dropped = 0,
		turn = nil, -- whose the last was, while there were both
		old_turn = nil,
	}
end

local function refill(turns, from)
	local d, policy = turns.d, turns.policy
	if from.is_over then
		return false
	end
	local count = from.place == 0 and math.min(policy.max_jobs, CHUNK) or
		CHUNK
	local found = from == turns.ready and
		redis.call('LRANGE', d.ready, from.place,
			from.place + count - 1) or
		redis.call('ZRANGEBYSCORE', d.waiting, '-inf', policy.at_ms,
			'LIMIT', from.place, count)

	from.groups, from.at = found, 0
	from.is_over = #found < count
	if #found == 0 then
		return false
	end
	from.leased = policy.is_any_leased and
		redis.call('ZMSCORE', d.leased, unpack(found)) or {}
	from.waiting = policy.is_any_waiting and from == turns.ready and
		redis.call('ZMSCORE', d.waiting, unpack(found)) or {}
	from.records = redis.call('HMGET', d.attempts, unpack(found))
	return true
end

-- Until when a job waits for what was accepted before it; nil: it does not. It
-- counts from when its place in front was taken, whoever has superseded whom
-- there since.
local function blocked_until(d, policy, group, element)
	local _, _, order = read_head(element)
	local since_ms = tonumber(redis.call('ZSCORE', d.heads, group))
	local until_ms = math.min(since_ms or 0, policy.at_ms) +
		policy.after_limit_ms

	for _, other in ipairs(policy.after) do
		if until_ms > policy.at_ms and is_behind(other, group, order) then
			return until_ms
		end
	end
	return nil
end

-- Whether a group may be leased; else it gets the place that it should have.
local function may_lease(turns, from, group, element, record, was_tried)
	local policy = turns.policy

	if record.suspect then
		add_pair(turns.suspects, policy.at_ms, group)
		add(from.left, group)
		return false
	end
	local until_ms = #policy.after > 0 and
		(from == turns.ready or not was_tried) and
		blocked_until(turns.d, policy, group, element)
	if until_ms then
		add_pair(turns.blocked, until_ms, group)
	end
	return not until_ms
end

-- Finds the next group that can be leased, with head and record. What should not
-- be in the set, because a script was stopped half-way, is dropped.
local function find_next(turns, from)
	while not from.group and turns.dropped < DROPPED and
		(from.at < #from.groups or refill(turns, from)) do
		from.at = from.at + 1
		from.place = from.place + 1
		local group = from.groups[from.at]
		local is_elsewhere = from.leased[from.at] or
			from.waiting[from.at] or turns.is_chosen[group]
		local element = not is_elsewhere and
			redis.call('LINDEX', turns.d.jobs .. group, 0)
		local record, was_tried
		if element then
			record, was_tried = unpack_attempts(
				from.records[from.at], job_id(element))
			turns.is_chosen[group] = true
		else
			add(from.left, group)
		end
		if element and may_lease(turns, from, group, element, record,
			was_tried) then
			from.group = group
			from.element = element
			from.record = record
		else
			turns.dropped = turns.dropped + 1
		end
		if not element and not is_elsewhere then
			add(turns.empty, group)
		end
	end
end

-- Whose turn it is when there are both.
local function choose(turns)
	local d, due, ready = turns.d, turns.due, turns.ready

	if not turns.turn then
		turns.old_turn = redis.call('HGET', d.counts, 'turn')
		turns.turn = turns.old_turn
	end
	if not turns.turn then
		local ages = redis.call('ZMSCORE', d.heads, due.group,
			ready.group)
		local is_due_older = (tonumber(ages[1]) or 0) <=
			(tonumber(ages[2]) or 0)
		turns.turn = is_due_older and 'ready' or 'due'
	end
	turns.turn = turns.turn == 'ready' and 'due' or 'ready'
	return turns.turn == 'due' and due or ready
end

-- Takes the next group: group, element and record; nothing when there is none.
local function take_turn(turns)
	find_next(turns, turns.due)
	find_next(turns, turns.ready)
	local from = turns.due.group and turns.due or turns.ready
	if turns.due.group and turns.ready.group then
		from = choose(turns)
	end
	local group = from.group
	if group then
		from.group = nil
		add(from.left, group)
	end
	return group, from.element, from.record
end

-- Writes who must be elsewhere: before the leases, that is, before anybody leaves.
local function write_places(turns)
	call_many('ZADD', turns.d.waiting, turns.blocked)
	call_many('ZADD', turns.d.leased, turns.suspects)
end

-- Takes those that were chosen or dropped out of where they were. True when it is
-- known that none is ready.
local function close_turns(turns)
	local d, ready = turns.d, turns.ready
	local passed = ready.group and ready.place - 1 or ready.place

	if passed > 0 then
		redis.call('LTRIM', d.ready, passed, -1)
	end
	call_many('ZREM', d.waiting, turns.due.left)
	call_many('ZREM', d.heads, turns.empty)
	if turns.turn ~= turns.old_turn then
		redis.call('HSET', d.counts, 'turn', turns.turn)
	end
	return ready.is_over and ready.at == #ready.groups and not ready.group
end
