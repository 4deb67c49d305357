-- find_job: looks for a pending job in a piece of one destination and shard.
--
-- KEYS    1 meta, 2 never, 3... a block
-- ARGV    1 birth; 2 id; 3 and 4 the place to go on from: score and group; 5
--         order of the last job of that group that was looked at (0: none)
-- Returns {"no"}; or {"more", then what goes into ARGV 3 to 5}; or {"ready",
--         "leased", "waiting" or "behind", group, element, jobs before it, due
--         time or lease end (0: neither), attempts spent, first attempt at,
--         leases lost, number of tries, then for each try: at, outcome, status,
--         took}
-- Writes nothing. Jobs may leave the front of a group between two pieces; its
-- jobs are in order, so the place is found again by that.

local refusal = check_birth()
if refusal then
	return refusal
end

local GROUPS, JOBS, BYTES = 1000, 2000, 4194304 -- in one call, about
local CHUNK = 20
local d = destination(3)
local id = ARGV[2]
local jobs, bytes = 0, 0

local function is_enough()
	return jobs >= JOBS or bytes >= BYTES
end

local function order_of(element)
	local _, _, order = read_head(element)
	return order
end

-- How many of a group's jobs are not behind this order. What cannot be read is
-- taken for one that is: it is looked at again then.
local function count_until(list, order)
	local low, high = 0, order > 0 and redis.call('LLEN', list) or 0

	while low < high do
		local middle = math.floor((low + high) / 2)
		local found = order_of(redis.call('LINDEX', list, middle))
		if found and found <= order then
			low = middle + 1
		else
			high = middle
		end
	end
	return low
end

-- The element and how many are before it; or nil and the order of the last that
-- was looked at, should there be more.
local function look_into(group, order)
	local list = d.jobs .. group
	local from = count_until(list, order)
	local last = order

	while true do
		local chunk = redis.call('LRANGE', list, from, from + CHUNK - 1)
		for i, element in ipairs(chunk) do
			if job_id(element) == id then
				return element, from + i - 1
			end
			bytes = bytes + #element
			last = order_of(element) or last
		end
		jobs = jobs + #chunk
		from = from + #chunk
		if #chunk < CHUNK then
			return nil, nil
		elseif is_enough() and last > order then
			return nil, last
		end
	end
end

local UNTRIED = { count = 0, first = 0, losses = 0, tries = {} }

local function show(group, element, ahead)
	local lease_end = redis.call('ZSCORE', d.leased, group)
	local due = redis.call('ZSCORE', d.waiting, group)
	local place, until_ms, record = 'behind', 0, UNTRIED
	if ahead == 0 then
		place = (lease_end and 'leased') or (due and 'waiting') or 'ready'
		until_ms = tonumber(lease_end or due or 0)
		record = unpack_attempts(
			redis.call('HGET', d.attempts, group), id)
	end
	local reply = { place, group, element, ahead, until_ms, record.count,
		record.first, record.losses, #record.tries }

	for _, try in ipairs(record.tries) do
		for i = 1, 4 do
			add(reply, try[i])
		end
	end
	return reply
end

local rank = rank_of(d, ARGV[3], ARGV[4])
local groups = redis.call('ZRANGE', d.heads, rank, rank + GROUPS,
	'WITHSCORES')
for i = 1, #groups, 2 do
	local group, score = groups[i], groups[i + 1]
	if i > 2 * GROUPS or is_enough() then
		return { 'more', score, group, 0 }
	end
	local order = group == ARGV[4] and tonumber(ARGV[5]) or 0
	local element, place = look_into(group, order)
	if element then
		return show(group, element, place)
	elseif place then
		return { 'more', score, group, place }
	end
end
return { 'no' }
