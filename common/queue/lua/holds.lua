-- What the verbs of holds share. CMake puts this file between clock.lua and each
-- of them.
--
-- KEYS, in every one: 1 the hold of a destination, a hash:
--   reason    why it is on hold; '': it is not
--   was       the reason of the hold before, once it has ended
--   epoch     counts the holds and their prolongings, from 1
--   streak    of these, how many had one reason with no quiet time between
--   since     when it began (all times in ms)
--   ends      when it ends by itself; 0: it does not
--   probe     when the next job may go out, to try; 0: none may
--   span      how long it was asked for, the last time
--   ended     when the hold before ended
--   accepted  when a probe last ended a hold
--   note      for a person
-- There is no other key, so nothing is declared with it; and no birth is looked
-- at: a Redis that came back empty has no holds.

local STRENGTH = {
	throttled = 1, failing = 2, unauthorized = 3, burning = 4, full = 5,
	paused = 6,
}
local TEXTS = { 'reason', 'was', 'note' }
local NUMBERS = {
	'epoch', 'streak', 'since', 'ends', 'probe', 'span', 'ended', 'accepted',
}
local KEPT_MS = 86400000 -- of a hold that has ended, for its epoch and streak

local function read_hold()
	local hold = { is_known = redis.call('EXISTS', KEYS[1]) == 1 }
	local texts = redis.call('HMGET', KEYS[1], unpack(TEXTS))
	local numbers = redis.call('HMGET', KEYS[1], unpack(NUMBERS))

	for i, name in ipairs(TEXTS) do
		hold[name] = texts[i] or ''
	end
	for i, name in ipairs(NUMBERS) do
		hold[name] = tonumber(numbers[i] or nil) or 0
	end
	if not STRENGTH[hold.reason] then
		hold.reason = '' -- a word of a later version
	end
	return hold
end

local function is_on(hold)
	return hold.reason ~= ''
end

-- HDEL is a write that Redis permits when it is out of memory, and after which
-- it permits the others: holds are part of draining.
local function write_hold(hold)
	local fields = {}

	for _, name in ipairs(TEXTS) do
		fields[#fields + 1] = name
		fields[#fields + 1] = hold[name]
	end
	for _, name in ipairs(NUMBERS) do
		fields[#fields + 1] = name
		fields[#fields + 1] = string.format('%.0f', hold[name])
	end
	redis.call('HDEL', KEYS[1], '-')
	redis.call('HSET', KEYS[1], unpack(fields))
	if is_on(hold) then
		redis.call('PERSIST', KEYS[1])
	else
		redis.call('PEXPIRE', KEYS[1], math.max(KEPT_MS, 2 * hold.span))
	end
end

local function end_hold(hold, at_ms)
	hold.was = hold.reason
	hold.reason = ''
	hold.ended = at_ms
	hold.ends = 0
	hold.probe = 0
end

-- Clocks jump: nothing was in the future, and nothing is further off than what
-- was asked for. Also ends what ends by itself, and forgets a streak after a
-- quiet time. True when it is to be written.
local function mend_hold(hold, at_ms, probe_every_ms)
	local has_changed = false
	local function cap(name, most)
		if hold[name] > most then
			hold[name] = most
			has_changed = true
		end
	end

	cap('since', at_ms)
	cap('ended', at_ms)
	cap('accepted', at_ms)
	cap('ends', at_ms + hold.span)
	if probe_every_ms then
		cap('probe', at_ms + math.max(hold.span, probe_every_ms))
	end
	if is_on(hold) and hold.ends > 0 and hold.ends <= at_ms then
		end_hold(hold, at_ms)
		has_changed = true
	end
	if not is_on(hold) and at_ms - hold.ended > hold.span then
		cap('streak', 0)
	end
	return has_changed
end

-- HOLD ORDER, common/queue/queue_hold.c
local function add_state(reply, hold)
	reply[#reply + 1] = is_on(hold) and hold.reason or 'none'
	for _, name in ipairs({ 'epoch', 'streak', 'since', 'ends', 'probe',
		'accepted', 'note' }) do
		reply[#reply + 1] = hold[name]
	end
	return reply
end
