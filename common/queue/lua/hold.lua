-- hold: puts a destination on hold, or prolongs the hold.
--
-- KEYS    1 its hold
-- ARGV    1 reason; 2 epoch that the caller's request was sent under, -1 for an
--         operator's order; 3 ms until the next probe, or (paused, full) until
--         it ends by itself, 0 for never; 4 "1" when the destination asked for
--         that time; 5 note
-- Returns {1 if the hold is new or has another reason now, then the state}
-- Atomic, so that of all that met the same trouble one counts: it raises the
-- epoch, and the others come with an old one.

local reason = ARGV[1]
local epoch = tonumber(ARGV[2])
local span_ms = tonumber(ARGV[3])
if not (STRENGTH[reason] and epoch and span_ms and span_ms >= 0 and ARGV[5]) then
	return redis.error_reply('ERR hold: that is no order')
end

local IS_UNPROBED = { full = true, paused = true }
local at_ms = now()
local hold = read_hold()
mend_hold(hold, at_ms)

-- An epoch can be compared with none when all is forgotten.
local function is_obeyed()
	return epoch == -1 or
		((epoch == hold.epoch or not hold.is_known) and
			(not is_on(hold) or
				STRENGTH[reason] >= STRENGTH[hold.reason]))
end

local function is_in_streak()
	if is_on(hold) then
		return hold.reason == reason
	end
	return hold.was == reason
end

local function begin()
	hold.streak = is_in_streak() and hold.streak + 1 or 1
	if hold.reason ~= reason then
		hold.since = at_ms
	end
	hold.epoch = math.max(hold.epoch, epoch) + 1
	hold.reason = reason
	hold.span = span_ms
	hold.note = ARGV[5]
	hold.probe = 0
	hold.ends = 0
	if not IS_UNPROBED[reason] then
		hold.probe = at_ms + math.max(1, span_ms)
	elseif span_ms > 0 then
		hold.ends = at_ms + span_ms
	end
end

local is_new = false
if is_obeyed() then
	is_new = hold.reason ~= reason
	begin()
	write_hold(hold)
elseif ARGV[4] == '1' and is_on(hold) and hold.probe > 0 and
	at_ms + span_ms > hold.probe then
	hold.probe = at_ms + span_ms
	hold.span = math.max(hold.span, span_ms)
	write_hold(hold)
end
return add_state({ is_new and 1 or 0 }, hold)
