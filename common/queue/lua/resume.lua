-- resume: ends a hold.
--
-- KEYS    1 the hold of a destination
-- ARGV    1 the epoch that a probe was sent under and accepted, or -1; 2 the one
--         reason that is ended, '' for any
-- Returns {1 if there was one to end, then the state}
-- Atomic, so that a hold that began or was prolonged meanwhile stays.

local epoch = tonumber(ARGV[1])
local at_ms = now()
local hold = read_hold()
mend_hold(hold, at_ms)

local is_ended = is_on(hold) and (epoch == -1 or epoch == hold.epoch) and
	(ARGV[2] == '' or ARGV[2] == hold.reason)
if is_ended then
	end_hold(hold, at_ms)
	if epoch ~= -1 then
		hold.accepted = at_ms
	end
	write_hold(hold)
end
return add_state({ is_ended and 1 or 0 }, hold)
