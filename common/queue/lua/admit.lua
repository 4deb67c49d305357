-- admit: asks whether a destination may be called at all.
--
-- KEYS    1 its hold
-- ARGV    1 probe_every_ms
-- Returns {now, "open", "probe" or "hold", ms until it is worth asking again or
--         -1, then the state}
-- Atomic, so that one asker gets the probe. The next comes probe_every_ms
-- later, should whoever has this one not be heard of again.

local probe_every_ms = math.max(1, tonumber(ARGV[1]))
local at_ms = now()
local hold = read_hold()
local has_changed = mend_hold(hold, at_ms, probe_every_ms)
local answer = is_on(hold) and 'hold' or 'open'

if is_on(hold) and hold.probe > 0 and hold.probe <= at_ms then
	answer = 'probe'
	hold.probe = at_ms + probe_every_ms
	has_changed = true
end
if has_changed then
	write_hold(hold)
end

local wait_ms = 0
if answer == 'hold' then
	wait_ms = -1
	for _, name in ipairs({ 'probe', 'ends' }) do
		local left_ms = hold[name] - at_ms
		if hold[name] > 0 and (wait_ms < 0 or left_ms < wait_ms) then
			wait_ms = left_ms
		end
	end
end
return add_state({ at_ms, answer, wait_ms }, hold)
