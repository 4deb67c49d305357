-- All that there is of some destinations in a shard, as JSON.
-- KEYS 1 the clock; ARGV 1 the shard's tag with its colon, 2... destinations
local tag = ARGV[1]

local function hex(text)
	return (string.gsub(text, '.', function(c)
		return string.format('%02x', string.byte(c))
	end))
end

local function pairs_of(flat)
	local map = {}
	for i = 1, #flat, 2 do
		map[flat[i]] = flat[i + 1]
	end
	return map
end

local function dump(name)
	local d = tag .. name .. ':'
	local jobs, attempts, dead = {}, {}, {}
	local seen, sent = {}, {}

	for _, key in ipairs(redis.call('KEYS', d .. 'jobs:*')) do
		local list = {}
		for i, element in ipairs(redis.call('LRANGE', key, 0, -1)) do
			local _, flags, id, order, accepted =
				struct.unpack('>BBI8I8I8', element)
			list[i] = { id, flags, order, accepted }
		end
		jobs[string.sub(key, #d + 6)] = list
	end
	local packed = pairs_of(redis.call('HGETALL', d .. 'attempts'))
	for group, record in pairs(packed) do
		record = cmsgpack.unpack(record)
		record.sent = record.sent and hex(record.sent)
		record.lost = nil
		record.tries = #record.tries
		attempts[group] = record
	end
	packed = pairs_of(redis.call('HGETALL', d .. 'dead:jobs'))
	for id, letter in pairs(packed) do
		letter = cmsgpack.unpack(letter)
		dead[id] = { letter.group, letter.outcome, letter.body or '' }
	end
	for slot = 0, 6 do
		seen[slot + 1] = redis.call('SMEMBERS', d .. 'seen:' .. slot)
		table.sort(seen[slot + 1])
	end
	for slot = 0, 1 do
		sent[slot + 1] = pairs_of(
			redis.call('HGETALL', d .. 'sent:' .. slot))
		for group, value in pairs(sent[slot + 1]) do
			sent[slot + 1][group] = hex(value)
		end
	end
	local tokens = pairs_of(redis.call('HGETALL', d .. 'tokens'))
	for group, value in pairs(tokens) do
		tokens[group] = hex(value)
	end
	return {
		jobs = jobs, attempts = attempts, dead = dead, seen = seen,
		sent = sent, tokens = tokens,
		ready = redis.call('LRANGE', d .. 'ready', 0, -1),
		leased = pairs_of(redis.call('ZRANGE', d .. 'leased', 0, -1,
			'WITHSCORES')),
		waiting = pairs_of(redis.call('ZRANGE', d .. 'waiting', 0, -1,
			'WITHSCORES')),
		heads = pairs_of(redis.call('ZRANGE', d .. 'heads', 0, -1,
			'WITHSCORES')),
		dead_places = redis.call('ZCARD', d .. 'dead'),
		counts = pairs_of(redis.call('HGETALL', d .. 'counts')),
		history = redis.call('LLEN', d .. 'history'),
		wake = redis.call('LLEN', d .. 'wake'),
	}
end

local all = {}
for i = 2, #ARGV do
	all[ARGV[i]] = dump(ARGV[i])
end
return cjson.encode(all)
