-- stats: the ledger of one destination and shard, and what is there now.
--
-- KEYS    1 meta, 2 never, 3... a block with seen
-- ARGV    1 birth
-- Returns {now, accepted, replayed, imported, delivered, dead, skipped,
--         unchanged, superseded, forgotten, purged, dead_purged,
--         dead_forgotten, duplicates, lease_losses, pending, dead_now, ready,
--         leased, waiting, delivery ids and last bodies remembered, acceptance
--         of the oldest head or -1}
--         (STATS ORDER, common/queue/queue_codec.c)
-- Atomic, so that the ledger balances at any moment. Writes nothing.

local refusal = check_birth()
if refusal then
	return refusal
end

local FIELDS = {
	'accepted', 'replayed', 'imported', 'delivered', 'dead', 'skipped',
	'unchanged', 'superseded', 'forgotten', 'purged', 'dead_purged',
	'dead_forgotten', 'duplicates', 'lease_losses', 'pending',
}
local d = destination(3)
local reply = { now() }
for _, value in ipairs(redis.call('HMGET', d.counts, unpack(FIELDS))) do
	reply[#reply + 1] = tonumber(value or 0)
end

local seen = 0
for key = 3 + BLOCK, #KEYS do
	seen = seen + redis.call('SCARD', KEYS[key])
end
local oldest = redis.call('ZRANGE', d.heads, 0, 0, 'WITHSCORES')[2]
local present = {
	redis.call('ZCARD', d.dead),
	redis.call('LLEN', d.ready),
	redis.call('ZCARD', d.leased),
	redis.call('ZCARD', d.waiting),
	seen,
	redis.call('HLEN', d.sent[0]) + redis.call('HLEN', d.sent[1]),
	tonumber(oldest or -1),
}
for _, value in ipairs(present) do
	reply[#reply + 1] = value
end
return reply
