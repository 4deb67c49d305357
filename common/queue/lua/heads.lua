-- What the verbs share that take the heads of groups: claim, finish, and those
-- that remove jobs.
--
-- Redis makes every function of a script anew in each call: what is rarely
-- needed is inside of a function that is.

local SENT_SLOTS = 2 -- one window is sent_for, the other is being filled
local SENT_BYTES = 25 -- digest (16), at_ms (8), 1 if it was delivered

-- What was tried with the head of a group, from its packed form (or false), and
-- whether anything was. A record names the job that it is about: one that was
-- left behind by another job does not count.
--   id
--   count    attempts spent
--   first    when the first began (ms; 0: none yet)
--   tries    the last ones, each {at_ms, outcome, status, took_ms}
--   suspect  its last holder lost its lease
--   losses   leases lost since it is a suspect
--   lost     the token of the lease that was lost last: counted already
--   refused  its last `unauthorized` (ms)
--   sent     the body sent for it last, as in d.sent
local function unpack_attempts(packed, id)
	if packed then
		local is_readable, record = pcall(cmsgpack.unpack, packed)
		if is_readable and type(record) == 'table' and record.id == id then
			return record, true
		end
	end
	return { id = id, count = 0, first = 0, losses = 0, tries = {} }, false
end

-- A lease's token has behind it what was sent last: so a claim that is repeated
-- finds what the first has taken away. What that is, or nil when the token is
-- another's.
local function read_token(value, token)
	if value == token then
		return ''
	end
	if value and string.sub(value, 1, #token + 1) == token .. ' ' then
		return string.sub(value, #token + 2)
	end
	return nil
end

-- The lease that a job died under, if it has a dead letter: this very death, then,
-- when a script was stopped on its way. Else false.
local function read_death(d, id)
	local packed = redis.call('HGET', d.dead_jobs, id)
	local is_readable, letter = pcall(cmsgpack.unpack, packed or '')

	return packed and
		(is_readable and type(letter) == 'table' and letter.lease or '')
end

-- Keeps a job as a dead letter. `death` has at_ms, outcome, status, note, lease
-- and, where there are any, body and template.
local function bury(d, group, element, record, death)
	local SUFFIXES = 100000
	local id = record.id
	local known = read_death(d, id)
	local deaths, number = 0, 0

	-- By the id of its job, but none is written over another. Garbage is
	-- named by its digest, and may come again; so may a copy of a job.
	while known and known ~= death.lease and number < MANY do
		number = number + 1
		deaths = tonumber(redis.call('HGET', d.counts, 'dead')) or 0
		id = record.id .. '.' .. (deaths + number) % SUFFIXES
		known = read_death(d, id)
	end
	redis.call('HSET', d.dead_jobs, id, cmsgpack.pack({
		element = element,
		group = group,
		died = death.at_ms,
		outcome = death.outcome,
		status = death.status,
		note = death.note,
		body = death.body,
		template = death.template,
		lease = death.lease,
		count = record.count,
		first = record.first,
		losses = record.losses,
		tries = record.tries,
	}))
	redis.call('ZADD', d.dead, death.at_ms, id)
end

-- Takes the heads off groups; `nexts` are the elements behind them, or false, and
-- `tried` the groups that have records of attempts. Returns the groups that have a
-- next one: their place is the caller's to give.
local function remove_heads(d, groups, nexts, tried, at_ms)
	local scores, empty, left = {}, {}, {}

	for i, group in ipairs(groups) do
		redis.call('LPOP', d.jobs .. group)
		if nexts[i] then
			local _, accepted_ms = read_head(nexts[i])
			add_pair(scores, accepted_ms or at_ms, group)
			add(left, group)
		else
			add(empty, group)
		end
	end
	call_many('ZADD', d.heads, scores)
	call_many('ZREM', d.heads, empty)
	call_many('HDEL', d.attempts, tried)
	return left
end

-- What is told of a job that is done with.
local function pack_done(id, element, ending)
	local _, accepted_ms = read_head(element)

	return cmsgpack.pack({ id, accepted_ms or 0, ending.at_ms,
		ending.outcome, ending.status, ending.took_ms, ending.count })
end

local function write_history(d, done, limit)
	if limit > 0 and #done > 0 then
		call_many('LPUSH', d.history, done)
		redis.call('LTRIM', d.history, 0, limit - 1)
	end
end

-- Whether a job of `order` must wait for the head of `group` in `d`, accepted
-- before it. What cannot be read neither waits nor is waited for.
local function is_behind(d, group, order)
	local element = redis.call('LINDEX', d.jobs .. group, 0)
	local _, _, first = read_head(element or '')

	return first ~= nil and order ~= nil and first < order
end

-- The heads of these groups of `d` have moved: what waited for them in its
-- dependents is ready. What waits for others, too, is looked at by its claim.
local function free_dependents(d, dependents, groups)
	local function is_freed(dependent, group)
		local element =
			redis.call('LINDEX', dependent.jobs .. group, 0)
		if not element then
			return false
		end
		local _, _, order = read_head(element)
		local _, was_tried = unpack_attempts(redis.call('HGET',
			dependent.attempts, group), job_id(element))

		return not was_tried and not is_behind(d, group, order)
	end

	for _, dependent in ipairs(dependents) do
		local due = ask_many('ZMSCORE', dependent.waiting, groups)
		local freed = {}
		for i, group in ipairs(groups) do
			if due[i] and is_freed(dependent, group) then
				add(freed, group)
			end
		end
		if #freed > 0 then
			call_many('RPUSH', dependent.ready, freed)
			call_many('ZREM', dependent.waiting, freed)
			wake(dependent)
		end
	end
end
