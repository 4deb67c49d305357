-- Memories that forget by windows of time, as `seen` and `sent` do. A window
-- has a width; its number is the time divided by that, its slot the number
-- modulo the number of slots. `counts` remembers the width and the newest
-- number: when the time has passed it, the slots from there on are used anew.

-- With another width the numbers cannot be compared; nothing is forgotten then.
-- So, too, when the clock went back: the memory follows it; for one window's
-- worth, it is the memory that stays.
local function open_window(d, name, slots, width, at_ms)
	local window = math.floor(at_ms / width)
	local known = redis.call('HMGET', d.counts, name .. '_width',
		name .. '_window')
	local is_known = tonumber(known[1]) == width
	local newest = tonumber(known[2])
	local is_expired = {} -- by slot

	if newest and is_known then
		if window == newest - 1 then
			window = newest
		end
		for number = newest + 1, math.min(window, newest + slots) do
			is_expired[number % slots] = true
		end
	end
	return {
		name = name,
		width = width,
		number = window,
		slot = window % slots,
		is_expired = is_expired,
		has_moved = newest ~= window or not is_known,
	}
end

-- Forgets what is expired; `keys` by slot.
local function turn_window(d, window, keys)
	if not window.has_moved then
		return
	end
	for slot in pairs(window.is_expired) do
		redis.call('UNLINK', keys[slot])
	end
	redis.call('HSET', d.counts, window.name .. '_width', window.width,
		window.name .. '_window', window.number)
end
