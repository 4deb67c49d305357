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

-- What is to be written.
local ended, is_ended = {}, {} -- groups whose leases end
local moved, nexts = {}, {} -- groups that lose their heads; what is behind them
local history = {}
local counts = { pending = 0 }
local has_due = false
local plan = {} -- groups, or arguments of a command, by name; absent: none

local function planned(name)
	local list = plan[name]

	if not list then
		list = {}
		plan[name] = list
	end
	return list
end

local function count(name)
	counts[name] = (counts[name] or 0) + 1
end

-- The record of a job's attempts, with this one noted. When there was one,
-- nothing is held against the job that earlier holders lost.
local function note_try(item, is_spent)
	local record = unpack_attempts(item.packed, item.id)

	if item.started_at_ms > 0 then
		add(record.tries, { item.started_at_ms, item.outcome,
			item.status, item.took_ms })
		while #record.tries > TRIES_KEPT do
			table.remove(record.tries, 1)
		end
		record.suspect, record.lost, record.losses = nil, nil, 0
		if item.outcome == 'unauthorized' then
			record.refused = at_ms
		end
	end
	if record.first == 0 and (item.started_at_ms > 0 or is_spent) then
		record.first = at_ms - item.took_ms
	end
	if is_spent then
		record.count = record.count + 1
	end
	record.sent = item.sent ~= '' and item.sent or nil
	return record
end

local function take_head(item, attempts)
	add(moved, item.group)
	add(nexts, item.next_element)
	counts.pending = counts.pending - 1
	if history_limit > 0 then
		item.at_ms, item.count = at_ms, attempts
		add(history, pack_done(item.id, item.element, item))
	end
end

-- A suspect that was not tried stays one: it has a place of its own, among the
-- leases that have lapsed, but without a token.
local function give_back(item, record, place)
	if record.suspect then
		add_pair(planned('kept'), at_ms, item.group)
	else
		add(planned(place), item.group)
	end
end

local settle = {}

function settle.pop(item)
	local attempts = item.packed and
		unpack_attempts(item.packed, item.id).count or 0

	take_head(item, item.is_spent and attempts + 1 or attempts)
	count((item.outcome == 'skipped' or item.outcome == 'unchanged') and
		item.outcome or 'delivered')
	return DONE
end

function settle.requeue(item)
	local record = note_try(item, false)

	if item.started_at_ms > 0 then
		add_pair(planned('attempts'), item.group, cmsgpack.pack(record))
	end
	give_back(item, record, 'behind')
	return DONE
end

function settle.bury(item)
	local letters = planned('letters')

	plan.dead_now = plan.dead_now or redis.call('ZCARD', d.dead)
	if dead_limit > 0 and plan.dead_now + #letters >= dead_limit and
		read_death(d, item.id) ~= item.token then
		settle.requeue(item)
		return DEAD_FULL
	end
	item.record = note_try(item, item.is_spent)
	item.at_ms, item.lease = at_ms, item.token
	add(letters, item)
	take_head(item, item.record.count)
	count('dead')
	return DONE
end

function settle.retry(item)
	local record = note_try(item, item.is_spent)

	add_pair(planned('attempts'), item.group, cmsgpack.pack(record))
	add_pair(planned('waiting'), at_ms + item.delay_ms, item.group)
	has_due = has_due or item.delay_ms <= 0
	return DONE
end

function settle.release(item)
	give_back(item, unpack_attempts(item.packed, item.id), 'front')
	return DONE
end

-- forget and purge may have taken the job from under the lease.
local function settle_without_job(group, element)
	add(planned(element and 'behind' or 'gone'), group)
	return NOT_CURRENT
end

-- Sent now, if it does not say when.
local function dated(sent)
	if string.sub(sent, 17, 24) ~= string.rep('\0', 8) then
		return sent
	end
	return string.sub(sent, 1, 16) .. struct.pack('>I8', at_ms) ..
		string.sub(sent, SENT_BYTES)
end

-- nil when it is not one.
local function read_item(first, pair, packed)
	local sent, body = ARGV[first + 11], ARGV[first + 12]
	local item = {
		group = ARGV[first],
		token = ARGV[first + 1],
		id = ARGV[first + 2],
		settle = settle[ARGV[first + 3]],
		outcome = ARGV[first + 4],
		is_spent = ARGV[first + 5] == '1',
		delay_ms = tonumber(ARGV[first + 6]),
		started_at_ms = tonumber(ARGV[first + 7]),
		took_ms = tonumber(ARGV[first + 8]),
		status = tonumber(ARGV[first + 9]),
		note = ARGV[first + 10],
		sent = sent == '' and sent or dated(sent),
		body = body ~= '' and body or nil,
		template = ARGV[first + 13],
		element = pair[1],
		next_element = pair[2] or false,
		packed = packed, -- its attempts so far
	}
	return item.settle and item.delay_ms and item.started_at_ms and
		item.took_ms and item.status and item.template and
		(sent == '' or #sent == SENT_BYTES) and item
end

-- Finds the item's place in the plan; its verdict, or nil when it is not one.
local function plan_item(first, token, packed)
	local group = ARGV[first]

	if is_ended[group] or not read_token(token, ARGV[first + 1]) then
		return NOT_CURRENT
	end
	local pair = redis.call('LRANGE', d.jobs .. group, 0, 1)
	local element = pair[1]
	local item = read_item(first, pair, packed)
	if not item then
		return nil
	end
	is_ended[group] = true
	add(ended, group)
	if not element or job_id(element) ~= item.id then
		return settle_without_job(group, element)
	end
	if item.sent ~= '' then
		add_pair(planned('sent'), group, item.sent)
	end
	return item.settle(item)
end

-- What is not always there. The job of a letter is where it was, still.
local function write_rare()
	if sent_for_ms > 0 and plan.sent then
		local window = open_window(d, 'sent', SENT_SLOTS, sent_for_ms,
			at_ms)
		turn_window(d, window, d.sent)
		call_many('HSET', d.sent[window.slot], plan.sent)
	end
	for _, item in ipairs(planned('letters')) do
		bury(d, item.group, item.element, item.record, item)
	end
	call_many('HSET', d.attempts, planned('attempts'))
	call_many('ZADD', d.waiting, planned('waiting'))
	call_many('ZADD', d.leased, planned('kept'))
	call_many('ZREM', d.heads, planned('gone'))
	call_many('RPUSH', d.ready, planned('behind'))
	for i = #planned('front'), 1, -1 do
		redis.call('LPUSH', d.ready, plan.front[i])
	end
end

-- All but the end of the leases. True when something can be claimed.
local function write_plan()
	local is_rare = next(plan)

	if is_rare then
		write_rare()
	end
	local left = remove_heads(d, moved, nexts, at_ms)
	call_many('RPUSH', d.ready, left)
	add_counts(d, counts)
	write_history(d, history, history_limit)
	if #KEYS > 2 + BLOCK then
		free_dependents(d, destinations_from(3 + BLOCK), moved)
	end
	return has_due or #left > 0 or (is_rare and #plan.behind +
		#plan.front + #plan.kept > 0)
end

local function end_leases()
	local left = ended

	if plan.kept and #plan.kept > 0 then
		local is_kept = {}
		left = {}
		for _, group in ipairs(plan.kept) do
			is_kept[group] = true
		end
		for _, group in ipairs(ended) do
			if not is_kept[group] then
				add(left, group)
			end
		end
	end
	call_many('HDEL', d.tokens, ended)
	call_many('ZREM', d.leased, left)
end

local groups = {}
for first = 5, #ARGV, ITEM do
	add(groups, ARGV[first])
end
begin_even_when_full()
local tokens = ask_many('HMGET', d.tokens, groups)
local records = ask_many('HMGET', d.attempts, groups)
local verdicts = {}
for i = 1, #groups do
	verdicts[i] = plan_item(5 + (i - 1) * ITEM, tokens[i], records[i])
	if not verdicts[i] then
		return redis.error_reply('ERR finish: item ' .. i .. ' is not one')
	end
end
local has_ready = write_plan()
end_leases()
if has_ready then
	wake(d)
end
return verdicts
