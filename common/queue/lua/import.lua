-- import: puts a dead letter among those of one destination and shard.
--
-- KEYS    1 meta, 2 never, 3... a block
-- ARGV    1 birth; 2 id; 3 group; 4 element; 5 died at; 6 outcome; 7 status;
--         8 note; 9 body; 10 template ('' for none, both); 11 attempts spent;
--         12 first attempt at; 13 leases lost; then for each try: at, outcome,
--         status, took
-- Returns 1, or 0 when there is one of this id
-- Atomic, so that none is written over another. The letter is written before
-- its place: a stop in between makes a repeat. An id says in which shard the
-- letter is, so one that comes from another shard gets this one's number.

local refusal = check_birth()
if refusal then
	return refusal
end

local TRY = 4
local letter = {
	group = ARGV[3],
	element = ARGV[4],
	died = tonumber(ARGV[5]),
	outcome = ARGV[6],
	status = tonumber(ARGV[7]),
	note = ARGV[8],
	body = ARGV[9] ~= '' and ARGV[9] or nil,
	template = ARGV[10] ~= '' and ARGV[10] or nil,
	count = tonumber(ARGV[11]),
	first = tonumber(ARGV[12]),
	losses = tonumber(ARGV[13]),
	tries = {},
}
if not (letter.died and letter.status and letter.count and letter.first and
	letter.losses) or (#ARGV - 13) % TRY ~= 0 or
	#ARGV > 13 + TRY * TRIES_KEPT then
	return redis.error_reply('ERR import: that is no letter')
end
for i = 14, #ARGV, TRY do
	letter.tries[#letter.tries + 1] = { tonumber(ARGV[i]), ARGV[i + 1],
		tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]) }
end

local d = destination(3)
local id = string.gsub(ARGV[2], '^%d+%-', SHARD .. '-')
if redis.call('ZSCORE', d.dead, id) then
	return 0
end
redis.call('HSET', d.dead_jobs, id, cmsgpack.pack(letter))
redis.call('ZADD', d.dead, letter.died, id)
redis.call('HINCRBY', d.counts, 'imported', 1)
return 1
