-- dead: reads dead letters of one destination and shard, oldest first, or by id.
--
-- KEYS    1 meta, 2 never, 3... a block
-- ARGV    1 birth; 2 most bytes (the letter that passes them is the last); then
--         "page", died_ms and id of the last letter seen (0 and '': from the
--         start), most letters; or "find", ids
-- Returns {page: 1 if there are more; find: how many ids were looked at; then for each letter: id, group, element, died,
--         outcome, status, note, attempts spent, first attempt at, leases lost,
--         body as it was sent, template, number of tries,
--         then for each try: at, outcome, status, took}
-- Writes nothing. Letters of one millisecond are in the order of their ids'
-- bytes, over all shards, so that pages of shards can be merged.

local refusal = check_birth()
if refusal then
	return refusal
end

local CHUNK = 100
local d = destination(3)
local max_bytes = tonumber(ARGV[2])
local reply = { 0 }
local bytes, letters = 0, 0

local function add(...)
	for _, value in ipairs({ ... }) do
		reply[#reply + 1] = value
	end
end

-- A record that cannot be read is shown empty rather than hidden.
local function add_letter(id, packed, died_ms)
	local is_readable, letter = pcall(cmsgpack.unpack, packed)

	if not is_readable or type(letter) ~= 'table' then
		letter = {}
	end
	local tries = letter.tries or {}
	add(id, letter.group or '', letter.element or packed,
		letter.died or died_ms or 0, letter.outcome or 'released',
		letter.status or 0, letter.note or '', letter.count or 0,
		letter.first or 0, letter.losses or 0, letter.body or '',
		letter.template or '', #tries)
	for _, try in ipairs(tries) do
		add(try[1], try[2], try[3], try[4])
	end
	letters = letters + 1
	bytes = bytes + #packed
end

-- Lua compares by the locale; ids are compared by their bytes.
local function is_after(id, other)
	for i = 1, math.min(#id, #other) do
		local a, b = string.byte(id, i), string.byte(other, i)
		if a ~= b then
			return a > b
		end
	end
	return #id > #other
end

local function find()
	for i = 4, #ARGV do
		if bytes >= max_bytes then
			return
		end
		local packed = redis.call('HGET', d.dead_jobs, ARGV[i])
		if packed then
			add_letter(ARGV[i], packed)
		end
		reply[1] = reply[1] + 1
	end
end

local function page()
	local after_ms, after_id = tonumber(ARGV[4]), ARGV[5]
	local limit = tonumber(ARGV[6])
	-- A letter that was replayed and died again is elsewhere now.
	local is_there =
		tonumber(redis.call('ZSCORE', d.dead, after_id) or -1) == after_ms
	local rank = is_there and redis.call('ZRANK', d.dead, after_id) + 1 or
		redis.call('ZCOUNT', d.dead, '-inf',
			'(' .. string.format('%.0f', after_ms))

	while true do
		local chunk = redis.call('ZRANGE', d.dead, rank, rank + CHUNK - 1,
			'WITHSCORES')
		for i = 1, #chunk, 2 do
			local id, died_ms = chunk[i], tonumber(chunk[i + 1])
			local packed = redis.call('HGET', d.dead_jobs, id)
			if packed and
				(died_ms > after_ms or is_after(id, after_id)) then
				if letters >= limit or bytes >= max_bytes then
					reply[1] = 1
					return
				end
				add_letter(id, packed, died_ms)
			end
		end
		if #chunk < 2 * CHUNK then
			return
		end
		rank = rank + CHUNK
	end
end

if ARGV[3] == 'page' then
	page()
else
	find()
end
return reply
