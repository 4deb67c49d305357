-- audit: looks at a piece of one destination and shard for groups that no claim
-- would ever find, and counts the jobs.
--
-- KEYS    1 meta, 2 never, 3... a block
-- ARGV    1 birth; 2 and 3 the place to go on from: score and group
-- Returns {groups looked at, groups made ready again, jobs counted, what
--         `pending` says, a text that changes when jobs come or go, then what
--         goes into ARGV 2 and 3, '' and '' at the end}
-- Atomic, so that no group is between two places. A group that has a job and is
-- in no set goes to the end of `ready`; one that is only in `heads` leaves it.
--
-- Whether a group is in `ready` is found out by a look at the list's front, where
-- the oldest are, at once for all; for those that are not there the whole list
-- is searched, for one at least, and for more as long as that is cheap.

local refusal = check_birth()
if refusal then
	return refusal
end

local GROUPS = 1000 -- in one call
local FRONT = 10000 -- of `ready`
local SEARCHED = 100000 -- of `ready`, for all that are not in front
local CHANGES = {
	'accepted', 'replayed', 'delivered', 'dead', 'skipped', 'unchanged',
	'superseded', 'forgotten', 'purged',
}
local d = destination(3)
local rank = rank_of(d, ARGV[2], ARGV[3])
local heads = redis.call('ZRANGE', d.heads, rank, rank + GROUPS, 'WITHSCORES')
local groups = {}
for i = 1, math.min(#heads, 2 * GROUPS), 2 do
	add(groups, heads[i])
end
local lease_ends = ask_many('ZMSCORE', d.leased, groups)
local due_times = ask_many('ZMSCORE', d.waiting, groups)

local ready_length = redis.call('LLEN', d.ready)
local in_front = {}
for _, group in ipairs(redis.call('LRANGE', d.ready, 0, FRONT - 1)) do
	in_front[group] = true
end

local searched = 0
-- nil when it was not looked for.
local function is_ready(group)
	if in_front[group] or ready_length <= FRONT then
		return in_front[group] == true
	end
	if searched > 0 and searched + ready_length > SEARCHED then
		return nil
	end
	searched = searched + ready_length
	return redis.call('LPOS', d.ready, group) ~= false
end

local lost, empty = {}, {}
local looked_at, jobs = 0, 0
for i, group in ipairs(groups) do
	local length = redis.call('LLEN', d.jobs .. group)
	if length == 0 then
		add(empty, group)
	elseif not lease_ends[i] and not due_times[i] then
		local is_found = is_ready(group)
		if is_found == nil then
			break
		elseif not is_found then
			add(lost, group)
		end
	end
	jobs = jobs + length
	looked_at = i
end

local function fingerprint()
	local counts = redis.call('HMGET', d.counts, unpack(CHANGES))
	for i = 1, #CHANGES do
		counts[i] = counts[i] or '0'
	end
	return table.concat(counts, ' ')
end

local reply = {
	looked_at, #lost, jobs,
	tonumber(redis.call('HGET', d.counts, 'pending') or 0), fingerprint(),
	heads[2 * looked_at + 2] or '', heads[2 * looked_at + 1] or '',
}
begin_even_when_full()
call_many('RPUSH', d.ready, lost)
call_many('ZREM', d.heads, empty)
if #lost > 0 then
	wake(d)
end
return reply
