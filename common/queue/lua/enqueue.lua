-- enqueue: jobs of one shard, each for one or more destinations, each of these
-- with a verdict of its own.
--
-- KEYS    1 meta, 2 never, then a block with seen for each destination
-- ARGV    1 birth; 2 number of destinations; then for each: dedupe_for (ms; 0:
--         nothing is remembered), max_depth (0: none); then for each entry:
--         group, digest ('': none), its destinations as places from 1 ("1 3"),
--         body
-- Returns for each entry and destination in turn: the id of the job made, or
--         "duplicate", or "full"
-- Atomic, so that no job is half in. All verdicts are found before the first
-- write. The first write is one that Redis refuses when out of memory; what
-- marks a delivery id as seen is the last: a stop in between makes a repeat.

local refusal = check_birth()
if refusal then
	return refusal
end

local SEEN_BLOCK = BLOCK + 7
local SLOTS = 7 -- six windows make dedupe_for, the seventh is being filled
local MEMBERS = 1000 -- of one SADD
local at_ms = now()
local count = tonumber(ARGV[2])

-- A window is a sixth of dedupe_for; its number is the time divided by that,
-- its slot the number modulo 7. `counts` remembers the newest number: when the
-- time has passed it, the slots from there on are used anew.
local function open_windows(d, first, dedupe_for_ms)
	d.seen = {}
	d.is_deduping = dedupe_for_ms > 0
	d.is_expired = {} -- by slot
	for slot = 0, SLOTS - 1 do
		d.seen[slot] = KEYS[first + BLOCK + slot]
	end

	local width = math.max(1, math.floor(dedupe_for_ms / (SLOTS - 1)))
	local window = math.floor(at_ms / width)
	local known = redis.call('HMGET', d.counts, 'seen_width', 'seen_window')
	local newest = tonumber(known[2] or nil)
	-- With another width the numbers cannot be compared; nothing is
	-- forgotten then. So, too, when the clock went back: the memory follows
	-- it; for one window's worth, it is the memory that stays.
	if newest and tonumber(known[1]) == width then
		if window == newest - 1 then
			window = newest
		end
		for number = newest + 1, math.min(window, newest + SLOTS) do
			d.is_expired[number % SLOTS] = true
		end
	end
	d.width = width
	d.window = window
	d.has_moved = newest ~= window or tonumber(known[1]) ~= width
end

local function is_seen(d, digest)
	if d.is_marked[digest] then
		return true
	end
	for slot = 0, SLOTS - 1 do
		if not d.is_expired[slot] and
			redis.call('SISMEMBER', d.seen[slot], digest) == 1 then
			return true
		end
	end
	return false
end

local function turn_windows(d)
	if not d.is_deduping or not d.has_moved then
		return
	end
	for slot in pairs(d.is_expired) do
		redis.call('UNLINK', d.seen[slot])
	end
	redis.call('HSET', d.counts, 'seen_width', d.width,
		'seen_window', d.window)
end

local function mark_seen(d)
	for first = 1, #d.digests, MEMBERS do
		redis.call('SADD', d.seen[d.window % SLOTS],
			unpack(d.digests, first,
				math.min(first + MEMBERS - 1, #d.digests)))
	end
end

local destinations = {}
for i = 1, count do
	local first = 3 + (i - 1) * SEEN_BLOCK
	local d = destination(first)
	open_windows(d, first, tonumber(ARGV[2 * i + 1]))
	d.max_depth = tonumber(ARGV[2 * i + 2])
	d.pending = tonumber(redis.call('HGET', d.counts, 'pending') or 0)
	d.accepted = 0
	d.duplicates = 0
	d.digests = {} -- to be marked
	d.is_marked = {}
	destinations[i] = d
end

local function judge(d, digest)
	local has_digest = digest ~= '' and d.is_deduping

	if has_digest and is_seen(d, digest) then
		d.duplicates = d.duplicates + 1
		return 'duplicate'
	end
	if d.max_depth > 0 and d.pending + d.accepted >= d.max_depth then
		return 'full'
	end
	d.accepted = d.accepted + 1
	if has_digest then
		d.is_marked[digest] = true
		d.digests[#d.digests + 1] = digest
	end
	return 'accepted'
end

local verdicts = {}
local jobs = {} -- to be made: {destination, first ARGV, place in verdicts}
for entry = 2 * count + 3, #ARGV, 4 do
	for place in string.gmatch(ARGV[entry + 2], '%d+') do
		local d = destinations[tonumber(place)]
		local verdict = judge(d, ARGV[entry + 1])
		verdicts[#verdicts + 1] = verdict
		if verdict == 'accepted' then
			jobs[#jobs + 1] = { d, entry, #verdicts }
		end
	end
end

if #jobs > 0 then
	local id = redis.call('HINCRBY', KEYS[1], 'seq', #jobs) - #jobs
	for _, d in ipairs(destinations) do
		turn_windows(d)
	end
	for _, job in ipairs(jobs) do
		local d, entry = job[1], job[2]
		id = id + 1
		if append_job(d, ARGV[entry],
			make_element(0, id, id, at_ms, ARGV[entry + 3]), at_ms) then
			d.has_ready = true
		end
		verdicts[job[3]] = id_text(id)
	end
end

for _, d in ipairs(destinations) do
	if d.accepted > 0 then
		redis.call('HINCRBY', d.counts, 'accepted', d.accepted)
		redis.call('HINCRBY', d.counts, 'pending', d.accepted)
	end
	if d.duplicates > 0 then
		-- Not worth refusing a duplicate for when out of memory.
		redis.pcall('HINCRBY', d.counts, 'duplicates', d.duplicates)
	end
	if d.has_ready then
		wake(d)
	end
	mark_seen(d)
end
return verdicts
