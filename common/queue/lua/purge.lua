-- purge: removes pending jobs of one destination and shard, group by group;
-- those that are ready first, then those with the oldest heads.
--
-- KEYS    1 meta, 2 never, 3... a block, then one for each destination that is
--         `after` this one
-- ARGV    1 birth; 2 about how many jobs at most
-- Returns {jobs removed, groups left}
-- Atomic, so that each job is counted once. A group's jobs go before its places
-- do: what a stop leaves behind is dropped by the next who finds it.

local refusal = check_birth()
if refusal then
	return refusal
end

local GROUPS = 1000 -- in one call
local d = destination(3)
local dependents = destinations_from(3 + BLOCK)
local limit = tonumber(ARGV[2])
local removed = 0
local groups = {}

local function is_enough()
	return removed >= limit or #groups >= GROUPS
end

local function purge(group)
	removed = removed + remove_jobs(d, group, 'purged')
	add(groups, group)
end

begin_even_when_full()
while not is_enough() do
	local group = redis.call('LINDEX', d.ready, 0)
	if not group then
		break
	end
	purge(group)
	redis.call('LPOP', d.ready)
end
if not is_enough() then
	local oldest = redis.call('ZRANGE', d.heads, 0, GROUPS - #groups - 1)
	for _, group in ipairs(oldest) do
		if is_enough() then
			break
		end
		purge(group)
	end
end
free_dependents(d, dependents, groups)
return { removed, redis.call('ZCARD', d.heads) }
