-- unprobe: gives back a probe that was not used, so that another may go at once.
--
-- KEYS    1 the hold of a destination
-- ARGV    1 the epoch that the probe was given under
-- Returns 1, or 0 when that hold is over
-- Atomic, so that a hold that was prolonged meanwhile stays.

local at_ms = now()
local hold = read_hold()
mend_hold(hold, at_ms)

if not is_on(hold) or hold.probe == 0 or hold.epoch ~= tonumber(ARGV[1]) then
	return 0
end
hold.probe = at_ms
write_hold(hold)
return 1
