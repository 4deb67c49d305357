-- forget: removes the pending jobs of a user for one destination and shard, and
-- what is remembered of the last body sent.
--
-- KEYS    1 meta, 2 never, 3... a block, then one for each destination that is
--         `after` this one
-- ARGV    1 birth; 2 group; 3 where to go on: '' at the beginning, then what
--         the last call returned
-- Returns {jobs removed, where to go on or '' at the end}
-- Atomic, so that each job is counted once. The first call is for the group
-- itself; the others look in all groups for those that are one job of it, where
-- each job is a group of its own. Jobs go before their places do, as in purge.

local refusal = check_birth()
if refusal then
	return refusal
end

local SCANNED = 1000 -- groups in one call, about
local LOOKED_AT = 10000 -- of `ready`, for the group's place
local d = destination(3)
local dependents = destinations_from(3 + BLOCK)
local user = ARGV[2]
local removed = 0

local function forget(group)
	removed = removed + remove_jobs(d, group, 'forgotten')
	for slot = 0, 1 do
		redis.call('HDEL', d.sent[slot], group)
	end
end

-- "<user>~<16 hex digits of the job's id>"; nobody else's name ends in the id
-- that a job of his was given.
local function is_job_of_user(group)
	if #group ~= #user + 17 or
		string.sub(group, 1, #user + 1) ~= user .. '~' then
		return false
	end
	local id = read_head(redis.call('LINDEX', d.jobs .. group, 0) or '')

	return id ~= nil and
		string.format('%016x', id) == string.sub(group, -16)
end

-- A place that is too far back is left: claim drops it when it comes to it.
local function leave_ready(group)
	if redis.call('LPOS', d.ready, group, 'MAXLEN', LOOKED_AT) then
		redis.call('LREM', d.ready, 1, group)
	end
end

begin_even_when_full()
if ARGV[3] == '' then
	forget(user)
	leave_ready(user)
	free_dependents(d, dependents, { user })
	return { removed, '0' }
end

local page = redis.call('ZSCAN', d.heads, ARGV[3], 'COUNT', SCANNED)
for i = 1, #page[2], 2 do
	if is_job_of_user(page[2][i]) then
		forget(page[2][i])
	end
end
return { removed, page[1] ~= '0' and page[1] or '' }
