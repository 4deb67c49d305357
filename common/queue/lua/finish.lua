-- finish: says what becomes of the heads of leased groups.
--
-- KEYS    1 meta, 2 never, 3... a block, then one for each destination that is
--         `after` this one
-- ARGV    1 birth; 2 dead_limit of this shard (0: none); 3 how many jobs done
--         are to be remembered; 4 sent_for (ms; 0: not remembered); then for
--         each item: group; token; id of the job; "pop", "bury", "retry",
--         "requeue" or "release"; outcome; "1" when it spends an attempt; delay
--         ms of a retry; when the attempt started (the dispatcher's clock; 0:
--         there was none); ms it took; HTTP status (0: none); note; what was
--         sent last ('': nothing, or not known; its time 0: now); body and
--         template of a letter
-- Returns for each item: 1; 0 when the lease was no longer this one; 2 when
--         there are dead_limit letters: it was requeued instead
-- Atomic, so that a job is never both gone and still there. Only the holder of
-- the token moves a group, even after its lease has ended, and only the job
-- that it was given. All items are read and planned, then all is written: a
-- dead letter before its job leaves, a group's new place before it leaves the
-- old, the leases last. Until then a stop in between leaves them to lapse.

local refusal = check_birth()
if refusal then
	return refusal
end

local ITEM = 14
local NOT_CURRENT, DONE, DEAD_FULL = 0, 1, 2
local d = destination(3)
local at_ms = now()
local dead_limit = tonumber(ARGV[2])
local history_limit = tonumber(ARGV[3])
local sent_for_ms = tonumber(ARGV[4])

-- What is to be written. Of what is seldom there, groups or arguments of a command
-- are in plan.rare by name.
local plan = {
	ended = {}, -- groups whose leases end
	is_ended = {},
	moved = {}, -- groups that lose their heads
	nexts = {}, -- what is behind each of these heads
	tried = {}, -- those of these groups that have records of attempts
	history = {},
	counts = { pending = 0 },
	has_due = false,
	rare = {},
}

local function rare(name)
	local list = plan.rare[name]

	if not list then
		list = {}
		plan.rare[name] = list
	end
	return list
end

-- Plans that a job is done with, after so many attempts, and counted as `word`.
local function end_job(item, attempts, word)
	local place = #plan.moved + 1
	local counts = plan.counts

	plan.moved[place] = item.group
	plan.nexts[place] = item.next_element
	if item.packed then
		add(plan.tried, item.group)
	end
	counts.pending = counts.pending - 1
	counts[word] = (counts[word] or 0) + 1
	if history_limit > 0 then
		item.at_ms, item.count = at_ms, attempts
		plan.history[place] = pack_done(item.id, item.element, item)
	end
	return DONE
end

-- How to settle but for "pop", added when there is a need.
local function add_settles(settle)
	-- The record of a job's attempts, with this one noted. When there was
	-- one, nothing is held against the job that earlier holders lost.
	local function note_try(item, is_spent)
		local record = unpack_attempts(item.packed, item.id)
		local was_tried = item.started_at_ms > 0

		if was_tried then
			add(record.tries, { item.started_at_ms, item.outcome,
				item.status, item.took_ms })
			while #record.tries > TRIES_KEPT do
				table.remove(record.tries, 1)
			end
			record.suspect, record.lost, record.losses = nil, nil, 0
		end
		if was_tried and item.outcome == 'unauthorized' then
			record.refused = at_ms
		end
		if record.first == 0 and (was_tried or is_spent) then
			record.first = at_ms - item.took_ms
		end
		if is_spent then
			record.count = record.count + 1
		end
		record.sent = item.sent ~= '' and item.sent or nil
		return record
	end

	-- A suspect that was not tried stays one: it has a place of its own,
	-- among the leases that have lapsed, but without a token.
	local function give_back(item, record, place)
		if record.suspect then
			add_pair(rare('kept'), at_ms, item.group)
		else
			add(rare(place), item.group)
		end
		return DONE
	end

	function settle.requeue(item)
		local record = note_try(item, false)

		if item.started_at_ms > 0 then
			add_pair(rare('attempts'), item.group,
				cmsgpack.pack(record))
		end
		return give_back(item, record, 'behind')
	end

	function settle.bury(item)
		local letters = rare('letters')

		plan.dead_now = plan.dead_now or redis.call('ZCARD', d.dead)
		if dead_limit > 0 and
			plan.dead_now + #letters >= dead_limit and
			read_death(d, item.id) ~= item.token then
			settle.requeue(item)
			return DEAD_FULL
		end
		item.record = note_try(item, item.is_spent)
		item.at_ms, item.lease = at_ms, item.token
		add(letters, item)
		return end_job(item, item.record.count, 'dead')
	end

	function settle.retry(item)
		local record = note_try(item, item.is_spent)

		add_pair(rare('attempts'), item.group, cmsgpack.pack(record))
		add_pair(rare('waiting'), at_ms + item.delay_ms, item.group)
		plan.has_due = plan.has_due or item.delay_ms <= 0
		return DONE
	end

	function settle.release(item)
		return give_back(item, unpack_attempts(item.packed, item.id),
			'front')
	end
end

local settle = {}

function settle.pop(item)
	local attempts = item.packed and
		unpack_attempts(item.packed, item.id).count or 0
	local is_unsent = item.outcome == 'skipped' or
		item.outcome == 'unchanged'

	return end_job(item, item.is_spent and attempts + 1 or attempts,
		is_unsent and item.outcome or 'delivered')
end

-- nil when it is not one.
local function read_item(first, element, next_element, packed)
	local sent, body = ARGV[first + 11], ARGV[first + 12]
	local word = ARGV[first + 3]
	if word ~= 'pop' and not settle.retry then
		add_settles(settle)
	end
	-- Sent now, if it does not say when.
	if string.sub(sent, 17, 24) == '\0\0\0\0\0\0\0\0' then
		sent = string.sub(sent, 1, 16) .. struct.pack('>I8', at_ms) ..
			string.sub(sent, SENT_BYTES)
	end
	local item = {
		group = ARGV[first],
		token = ARGV[first + 1],
		id = ARGV[first + 2],
		settle = settle[word],
		outcome = ARGV[first + 4],
		is_spent = ARGV[first + 5] == '1',
		delay_ms = tonumber(ARGV[first + 6]),
		started_at_ms = tonumber(ARGV[first + 7]),
		took_ms = tonumber(ARGV[first + 8]),
		status = tonumber(ARGV[first + 9]),
		note = ARGV[first + 10],
		sent = sent,
		body = body ~= '' and body or nil,
		template = ARGV[first + 13],
		element = element,
		next_element = next_element,
		packed = packed, -- its attempts so far
	}
	return item.settle and item.delay_ms and item.started_at_ms and
		item.took_ms and item.status and item.template and
		(sent == '' or #sent == SENT_BYTES) and item
end

-- Finds the item's place in the plan; its verdict, or nil when it is not one.
local function plan_item(first, group, packed)
	local pair = redis.call('LRANGE', d.jobs .. group, 0, 1)
	local element = pair[1]
	local item = read_item(first, element, pair[2] or false, packed)
	if not item then
		return nil
	end
	plan.is_ended[group] = true
	add(plan.ended, group)
	if not element or job_id(element) ~= item.id then
		-- forget and purge may have taken the job from under the lease.
		add(rare(element and 'behind' or 'gone'), group)
		return NOT_CURRENT
	end
	if item.sent ~= '' and sent_for_ms > 0 then
		add_pair(rare('sent'), group, item.sent)
	end
	return item.settle(item)
end

-- Writes what is seldom there. The jobs of letters are where they were, still.
-- Returns the groups whose leases end: suspects' do not.
local function write_rare()
	if plan.rare.sent then
		local window = open_window(d, 'sent', SENT_SLOTS, sent_for_ms,
			at_ms)
		turn_window(d, window, d.sent)
		call_many('HSET', d.sent[window.slot], plan.rare.sent)
	end
	for _, item in ipairs(rare('letters')) do
		bury(d, item.group, item.element, item.record, item)
	end
	call_many('HSET', d.attempts, rare('attempts'))
	call_many('ZADD', d.waiting, rare('waiting'))
	call_many('ZADD', d.leased, rare('kept'))
	call_many('ZREM', d.heads, rare('gone'))
	call_many('RPUSH', d.ready, rare('behind'))
	for i = #rare('front'), 1, -1 do
		redis.call('LPUSH', d.ready, plan.rare.front[i])
	end

	local is_kept, left = {}, {}
	for _, group in ipairs(rare('kept')) do
		is_kept[group] = true
	end
	for _, group in ipairs(plan.ended) do
		if not is_kept[group] then
			add(left, group)
		end
	end
	return left, plan.has_due or #rare('behind') + #rare('front') +
		#rare('kept') > 0
end

local groups = {}
for first = 5, #ARGV, ITEM do
	add(groups, ARGV[first])
end
begin_even_when_full()
local tokens = ask_many('HMGET', d.tokens, groups)
local records = ask_many('HMGET', d.attempts, groups)
local verdicts = {}
for i, group in ipairs(groups) do
	local first = 5 + (i - 1) * ITEM
	verdicts[i] = NOT_CURRENT
	if read_token(tokens[i], ARGV[first + 1]) and
		not plan.is_ended[group] then
		verdicts[i] = plan_item(first, group, records[i])
	end
	if not verdicts[i] then
		return redis.error_reply('ERR finish: item ' .. i ..
			' is not one')
	end
end

local ended, has_ready = plan.ended, false
if next(plan.rare) then
	ended, has_ready = write_rare()
end
if #plan.moved > 0 then
	local left = remove_heads(d, plan.moved, plan.nexts, plan.tried, at_ms)
	call_many('RPUSH', d.ready, left)
	has_ready = has_ready or #left > 0
	add_counts(d, plan.counts)
	write_history(d, plan.history, history_limit)
	if #KEYS > 2 + BLOCK then
		free_dependents(d, destinations_from(3 + BLOCK), plan.moved)
	end
end
call_many('HDEL', d.tokens, plan.ended)
call_many('ZREM', d.leased, ended)
if has_ready then
	wake(d)
end
return verdicts
