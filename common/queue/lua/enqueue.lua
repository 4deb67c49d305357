-- enqueue: jobs of one shard, each for one or more destinations, each of these
-- with a verdict of its own.
--
-- KEYS    1 meta, 2 never, then a block with seen for each destination
-- ARGV    1 birth; 2 number of destinations; then for each: dedupe_for (ms; 0:
--         nothing is remembered), max_depth and max_group (0: none), order:
--         "user", "latest" (of a group's waiting jobs) or "none" (each job is a
--         group of its own); then for each entry: group, digest ('': none), its
--         destinations as places from 1 ("1 3"), flags (JOB HEAD), body
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
local SETTINGS = 4 -- arguments of a destination
local FIELDS = 5 -- of an entry
local at_ms = now()
local count = tonumber(ARGV[2])
local first_entry = 3 + SETTINGS * count

-- ---- what is there

local function open_destination(place)
	local first = 3 + (place - 1) * SEEN_BLOCK
	local setting = 3 + (place - 1) * SETTINGS
	local dedupe_for_ms = tonumber(ARGV[setting])
	local d = destination(first)

	d.max_depth = tonumber(ARGV[setting + 1])
	d.max_group = tonumber(ARGV[setting + 2])
	d.is_coalescing = ARGV[setting + 3] == 'latest'
	d.is_unordered = ARGV[setting + 3] == 'none'
	d.pending = d.max_depth > 0 and
		tonumber(redis.call('HGET', d.counts, 'pending')) or 0
	if dedupe_for_ms > 0 then
		d.seen = {}
		for slot = 0, SLOTS - 1 do
			d.seen[slot] = KEYS[first + BLOCK + slot]
		end
		d.window = open_window(d, 'seen', SLOTS, math.max(1,
			math.floor(dedupe_for_ms / (SLOTS - 1))), at_ms)
	end
	d.asked = {} -- digests of this call
	d.is_seen = {}
	d.marks = {} -- digests to be marked
	d.groups = {} -- those that change
	d.group_of = {} -- by name
	d.by = { accepted = 0, superseded = 0, pending = 0 }
	d.duplicates = 0
	return d
end

-- Looks for all digests of the call at once.
local function find_seen(d)
	for slot = 0, SLOTS - 1 do
		local answers = d.window.is_expired[slot] and {} or
			ask_many('SMISMEMBER', d.seen[slot], d.asked)
		for i, digest in ipairs(d.asked) do
			if answers[i] == 1 then
				d.is_seen[digest] = true
			end
		end
	end
end

-- The last job of a list that is there already, as far as it matters to the
-- next: whether that may take its place. None takes that of a job in hand.
local function read_tail(d, name, length)
	local id, _, _, flags =
		read_head(redis.call('LINDEX', d.jobs .. name, -1))

	return { is_final = not id or flags ~= 0 or (length == 1 and
		(redis.call('ZSCORE', d.leased, name) or
		redis.call('HEXISTS', d.attempts, name) == 1)) }
end

-- A group's list as it is, and as it will be.
--   was       how many jobs it has
--   length    how many it will have
--   tail      the last of them
--   set       the job that takes the place of the last that is there
--   push      jobs for its end
local function open_group(d, name)
	local group = d.group_of[name]
	if group then
		return group
	end
	local length = redis.call('LLEN', d.jobs .. name)

	group = {
		name = name,
		was = length,
		length = length,
		tail = length > 0 and d.is_coalescing and
			read_tail(d, name, length),
		set = false,
		push = {},
		has_changed = false,
	}
	d.group_of[name] = group
	return group
end

-- ---- the verdicts

-- The job takes the place of the last one, not its order: it waits for what was
-- accepted before it, and what was accepted before it does not wait for it. The
-- place stays as old as it is: who is superseded again and again must not wait
-- for ever (after_limit).
local function supersede(d, group, job)
	job.place = group.tail.place
	if job.place then
		group.push[job.place] = job
	else
		group.set = job
	end
	d.by.superseded = d.by.superseded + 1
end

local function push(d, group, job)
	local place = #group.push + 1

	group.push[place] = job
	job.place = place
	group.length = group.length + 1
	d.by.pending = d.by.pending + 1
end

-- Puts the job in its group; false when there is no room for it.
local function place_job(d, group, job)
	local is_successor = d.is_coalescing and not job.is_final and
		group.tail and not group.tail.is_final

	if is_successor then
		supersede(d, group, job)
	elseif (d.max_depth > 0 and d.pending + d.by.pending >= d.max_depth) or
		(d.max_group > 0 and group.length >= d.max_group) then
		return false
	else
		push(d, group, job)
	end
	if not group.has_changed then
		group.has_changed = true
		add(d.groups, group)
	end
	group.tail = job
	return true
end

local made = 0 -- jobs

local function judge(d, entry)
	local digest = ARGV[entry + 1]
	local has_digest = d.window and digest ~= ''
	if has_digest and d.is_seen[digest] then
		d.duplicates = d.duplicates + 1
		return 'duplicate'
	end
	local group = d.is_unordered and
		{ name = false, was = 0, length = 0, push = {} } or
		open_group(d, ARGV[entry])
	local flags = ARGV[entry + 3]
	local job = {
		entry = entry,
		number = made + 1,
		flags = flags,
		place = false,
		is_final = flags ~= '0',
	}
	if not place_job(d, group, job) then
		return 'full'
	end
	made = made + 1
	d.by.accepted = d.by.accepted + 1
	if has_digest then
		d.is_seen[digest] = true
		add(d.marks, digest)
	end
	return job
end

-- ---- the writes

local function element_of(job, base)
	local id = base + job.number

	return make_element(job.flags, id, id, at_ms, ARGV[job.entry + 4])
end

-- A job that needs no order is a group of its own, named by its id.
local function name_groups(d, base)
	for _, group in ipairs(d.groups) do
		local job = group.push[1]
		group.name = group.name or string.format('%s~%016x',
			ARGV[job.entry], base + job.number)
	end
end

local function write_group(d, group, base)
	local elements = {}

	if group.set then
		redis.call('LSET', d.jobs .. group.name, -1,
			element_of(group.set, base))
	end
	for i, job in ipairs(group.push) do
		elements[i] = element_of(job, base)
	end
	call_many('RPUSH', d.jobs .. group.name, elements)
end

local function write_jobs(d, base)
	local heads, new, ready = {}, {}, {}
	local at_text = string.format('%d', at_ms)

	if d.window then
		turn_window(d, d.window, d.seen)
	end
	name_groups(d, base)
	for _, group in ipairs(d.groups) do
		if group.was == 0 then
			add_pair(heads, at_text, group.name)
			add(new, group.name)
		end
	end
	-- forget and purge may leave a lease without a job: its finish will make
	-- the group ready.
	local leased = ask_many('ZMSCORE', d.leased, new)
	for i, name in ipairs(new) do
		if not leased[i] then
			add(ready, name)
		end
	end
	call_many('ZADD', d.heads, heads)
	for _, group in ipairs(d.groups) do
		write_group(d, group, base)
	end
	call_many('RPUSH', d.ready, ready)
	add_counts(d, d.by)
	if #ready > 0 then
		wake(d)
	end
	if d.window then
		call_many('SADD', d.seen[d.window.slot], d.marks)
	end
end

local destinations = {}
for place = 1, count do
	destinations[place] = open_destination(place)
end

local listed = {} -- destinations, by the text that names them
local function destinations_of(text)
	local list = listed[text]
	if not list then
		list = {}
		for place in string.gmatch(text, '%d+') do
			add(list, destinations[tonumber(place)])
		end
		listed[text] = list
	end
	return list
end

for entry = first_entry, #ARGV, FIELDS do
	local digest = ARGV[entry + 1]
	for _, d in ipairs(destinations_of(ARGV[entry + 2])) do
		if d.window and digest ~= '' then
			add(d.asked, digest)
		end
	end
end
for _, d in ipairs(destinations) do
	if d.window then
		find_seen(d)
	end
end

local verdicts = {}
for entry = first_entry, #ARGV, FIELDS do
	for _, d in ipairs(destinations_of(ARGV[entry + 2])) do
		add(verdicts, judge(d, entry))
	end
end
if made > 0 then
	local base = redis.call('HINCRBY', KEYS[1], 'seq', made) - made
	for _, d in ipairs(destinations) do
		write_jobs(d, base)
	end
	for i, verdict in ipairs(verdicts) do
		verdicts[i] = type(verdict) == 'table' and
			id_text(base + verdict.number) or verdict
	end
end
for _, d in ipairs(destinations) do
	if d.duplicates > 0 then
		-- Not worth refusing a duplicate for when out of memory.
		redis.pcall('HINCRBY', d.counts, 'duplicates', d.duplicates)
	end
end
return verdicts
