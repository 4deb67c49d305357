-- flow: takes tokens of a rate limit, or gives some back.
--
-- KEYS    1 the bucket: until when it is spent, in microseconds
-- ARGV    1 rate, tokens a second; 2 tokens asked for; 3 tokens given back; 4 ms
--         since these were taken
-- Returns {tokens taken, ms until there is another}
-- Atomic, so that all who share a rate get no more than it together.
--
-- The generic cell rate algorithm. A bucket holds `burst` tokens, a twentieth
-- of the rate and one; a token comes back each `interval`; the sum is such that
-- no second, wherever it begins, has more than `rate`. The bucket's one number
-- is when it will be full: each token taken moves that by an interval.
--
--	now            spent_until          now + burst * interval
--	 |-- missing -------|---- left ------------|
--
-- A token given back had, while it was away, its place taken by others that
-- came: of what it moved, that time is not given back.

local US = 1000000
local rate = tonumber(ARGV[1])
local asked, returned = tonumber(ARGV[2]), tonumber(ARGV[3])
local away_us = tonumber(ARGV[4]) * 1000
local burst = 1 + math.floor(rate / 20)
local interval = math.ceil(US / (rate - burst + 1))
local at_us = now_us()
local full_us = at_us + burst * interval

-- Not later than it can be, when the clock went back.
local known_us = tonumber(redis.call('GET', KEYS[1]) or nil) or 0
local spent_until = math.min(math.max(known_us, at_us), full_us)
if returned > 0 then
	local moved = math.max(0, returned * interval - away_us)
	spent_until = math.max(at_us, spent_until - moved)
end
local taken = math.min(asked, math.floor((full_us - spent_until) / interval))
spent_until = spent_until + taken * interval

-- PEXPIRE is a write that Redis permits when it is out of memory, and after
-- which it permits the other.
if spent_until ~= known_us then
	local left_ms = math.ceil((spent_until - at_us) / 1000) + 1
	redis.call('PEXPIRE', KEYS[1], left_ms)
	redis.call('SET', KEYS[1], string.format('%.0f', spent_until), 'PX',
		left_ms)
end

local wait_us = math.max(0, spent_until + interval - full_us)
return { taken, math.ceil(wait_us / 1000) }
