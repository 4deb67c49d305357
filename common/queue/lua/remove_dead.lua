-- remove_dead: takes dead letters away for good.
--
-- KEYS    1 meta, 2 never, 3... a block
-- ARGV    1 birth; 2 the ledger's word for it: "dead_purged" or
--         "dead_forgotten"; 3... ids, at most 1000
-- Returns how many there were
-- Atomic, so that each is counted once. What is in them goes first, their
-- places last: a stop in between leaves an empty letter to repeat it with.

local MOST = 1000

local refusal = check_birth()
if refusal then
	return refusal
end
if ARGV[2] ~= 'dead_purged' and ARGV[2] ~= 'dead_forgotten' then
	return redis.error_reply('ERR remove_dead: that is no word of the ledger')
end
if #ARGV - 2 > MOST then
	return redis.error_reply('ERR remove_dead: more than ' .. MOST .. ' ids')
end

begin_even_when_full()
local d = destination(3)
local ids = {}
local is_known = {}
for i = 3, #ARGV do
	local id = ARGV[i]
	if not is_known[id] and redis.call('ZSCORE', d.dead, id) then
		redis.call('HDEL', d.dead_jobs, id)
		ids[#ids + 1] = id
	end
	is_known[id] = true
end
if #ids > 0 then
	redis.call('HINCRBY', d.counts, ARGV[2], #ids)
	redis.call('ZREM', d.dead, unpack(ids))
end
return #ids
