-- replay: dead letters become jobs again, at the end of their groups, with
-- their old ids, a new order and a new acceptance.
--
-- KEYS    1 meta, 2 never, 3... a block
-- ARGV    1 birth; 2 "1": to be sent as they were, those alone that have a body
--         that was; "0": to be rendered anew; 3... ids, at most 1000
-- Returns how many went back: as many as are 8 MiB, and one; the others are
--         gone, or left for the next call
-- Atomic, so that a job is never both dead and pending. The first write is one
-- that Redis refuses when out of memory; the letter goes when its job is there.

local MOST = 1000
local BYTES = 8 * 1024 * 1024

local refusal = check_birth()
if refusal then
	return refusal
end
if #ARGV - 2 > MOST then
	return redis.error_reply('ERR replay: more than ' .. MOST .. ' ids')
end

local d = destination(3)
local at_ms = now()
local as_sent = ARGV[2] == '1'

local letters = {}
local places = {} -- that have lost their letters: a script was stopped

local function read_letter(id)
	local packed = redis.call('HGET', d.dead_jobs, id)
	local is_readable, letter = pcall(cmsgpack.unpack, packed or '')

	if packed and is_readable and type(letter) == 'table' and
		type(letter.element) == 'string' and letter.group and
		(not as_sent or (letter.body and read_head(letter.element))) then
		letter.id = id
		letter.bytes = #packed
		return letter
	end
	if not packed and redis.call('ZSCORE', d.dead, id) then
		add(places, id)
	end
	return nil
end

-- What stands behind the head; without the body as it was sent, if it has one.
local function rest_of(element, has_body)
	local rest = string.sub(element, HEAD_BYTES + 1)

	if has_body and #rest >= 4 then
		local length = struct.unpack('>I4', rest)
		rest = string.sub(rest, 4 + length + 1)
	end
	return rest
end

-- Garbage stays what it is.
local function renew(letter, order)
	local element = letter.element
	local id, _, _, flags = read_head(element)
	if not id then
		return element
	end
	local is_partial = flags % 2 == PARTIAL
	local rest = rest_of(element, flags >= AS_SENT)

	flags = is_partial and PARTIAL or 0
	if as_sent then
		flags = flags + AS_SENT
		rest = struct.pack('>I4', #letter.body) .. letter.body .. rest
	end
	return make_element(flags, id, order, at_ms, rest)
end

-- Puts a job at the end of its group; true when that made the group ready.
local function append_job(group, element)
	local list = d.jobs .. group
	local is_first = redis.call('LLEN', list) == 0

	if is_first then
		redis.call('ZADD', d.heads, at_ms, group)
	end
	redis.call('RPUSH', list, element)
	-- forget and purge may leave a lease without a job: its finish will make
	-- the group ready.
	if is_first and not redis.call('ZSCORE', d.leased, group) then
		redis.call('RPUSH', d.ready, group)
		return true
	end
	return false
end

local is_known = {}
local bytes = 0
for i = 3, #ARGV do
	local letter = bytes < BYTES and not is_known[ARGV[i]] and
		read_letter(ARGV[i])
	if letter then
		add(letters, letter)
		bytes = bytes + letter.bytes
	end
	is_known[ARGV[i]] = true
end

local order = #letters > 0 and
	redis.call('HINCRBY', KEYS[1], 'seq', #letters) - #letters
local has_ready = false
for i, letter in ipairs(letters) do
	if append_job(letter.group, renew(letter, order + i)) then
		has_ready = true
	end
	add_counts(d, { replayed = 1, pending = 1 })
	redis.call('HDEL', d.dead_jobs, letter.id)
	redis.call('ZREM', d.dead, letter.id)
end
call_many('ZREM', d.dead, places)
if has_ready then
	wake(d)
end
return #letters
