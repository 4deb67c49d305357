-- open: agrees with Redis on what this shard is, or makes it.
--
-- KEYS    1 meta, 2 never, 3 destinations
-- ARGV    1 a birth id, should this be the beginning; 2 schema; 3 shards;
--         4... names of destinations in use
-- Returns {birth, 1 if it was made now}
-- Errors  RELAYDIFFERS naming both values
-- Atomic, so that of processes that start together one makes the shard, and
-- the others find it.

local meta = redis.call('HMGET', KEYS[1], 'birth', 'schema', 'shards')
local birth = meta[1]
local mine = { schema = ARGV[2], shards = ARGV[3] }
local theirs = { schema = meta[2], shards = meta[3] }

if birth then
	for name, value in pairs(mine) do
		if theirs[name] ~= value then
			return redis.error_reply(string.format(
				'RELAYDIFFERS Redis has %s %s under this prefix, ' ..
				'the configuration has %s',
				name, theirs[name] or '(none)', value))
		end
	end
end

begin_even_when_full()
for i = 4, #ARGV do
	if redis.call('SISMEMBER', KEYS[3], ARGV[i]) == 0 then
		redis.call('SADD', KEYS[3], ARGV[i])
	end
end
if birth then
	return { birth, 0 }
end

-- Ids start at the time in microseconds, so that they do not come again when
-- Redis has lost them all; a million ids a second would be needed to catch up.
local time = redis.call('TIME')
local first = string.format('%.0f',
	tonumber(time[1]) * 1000000 + tonumber(time[2]))
redis.call('HSET', KEYS[1], 'schema', ARGV[2], 'shards', ARGV[3],
	'seq', first, 'birth', ARGV[1])
return { ARGV[1], 1 }
