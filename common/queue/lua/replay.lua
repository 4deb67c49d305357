-- replay: dead letters become jobs again, at the end of their groups, with
-- their old ids, a new order and a new acceptance.
--
-- KEYS    1 meta, 2 never, 3... a block
-- ARGV    1 birth; 2 "1": only those that have a body as it was sent; 3... ids,
--         at most 1000
-- Returns how many went back; the others were gone
-- Atomic, so that a job is never both dead and pending. The first write is one
-- that Redis refuses when out of memory; the letter goes when its job is there.

local MOST = 1000

local refusal = check_birth()
if refusal then
	return refusal
end
if #ARGV - 2 > MOST then
	return redis.error_reply('ERR replay: more than ' .. MOST .. ' ids')
end

local d = destination(3)
local at_ms = now()
local letters = {}
local is_known = {}
for i = 3, #ARGV do
	local id = ARGV[i]
	local packed = not is_known[id] and redis.call('HGET', d.dead_jobs, id)
	local is_readable, letter = pcall(cmsgpack.unpack, packed or '')
	if packed and is_readable and type(letter) == 'table' and
		type(letter.element) == 'string' and letter.group and
		(ARGV[2] ~= '1' or letter.body) then
		letter.id = id
		letters[#letters + 1] = letter
	end
	is_known[id] = true
end
if #letters == 0 then
	return 0
end

local order = redis.call('HINCRBY', KEYS[1], 'seq', #letters) - #letters
local has_ready = false
for _, letter in ipairs(letters) do
	local element = letter.element
	local number, _, _, flags = read_head(element)
	order = order + 1
	if number then
		element = make_element(flags, number, order, at_ms,
			string.sub(element, HEAD_BYTES + 1))
	end
	if append_job(d, letter.group, element, at_ms) then
		has_ready = true
	end
	redis.call('HINCRBY', d.counts, 'replayed', 1)
	redis.call('HINCRBY', d.counts, 'pending', 1)
	redis.call('HDEL', d.dead_jobs, letter.id)
	redis.call('ZREM', d.dead, letter.id)
end
if has_ready then
	wake(d)
end
return #letters
