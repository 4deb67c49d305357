-- flow: takes tokens of a rate limit, or gives some back.
--
-- KEYS    1 the bucket: until when it is spent, in microseconds
-- ARGV    1 rate, tokens a second; 2 tokens asked for; 3 tokens given back; 4 ms
--         since these were taken
-- Returns {tokens taken, ms until there is another}
-- Atomic, so that all who share a rate get no more than it together.
--
-- The generic cell rate algorithm. A bucket holds `burst` tokens; one comes back
-- each `interval`. Its one number is until when it is spent: each token taken
-- moves that by an interval.
--
--	now            spent_until          now + burst * interval
--	 |---- missing -----|----- left -----------|
--
-- Tokens given back move it back. But a bucket that would have been full without
-- their being away has lost nothing by it: so what they were away, beyond a
-- short grace, is taken off.
--
-- Of the rate, a twentieth is kept out of what comes back steadily: for the
-- burst, and for what the grace may give back too much. The sum is such that no
-- second, wherever it begins, has more than `rate`:
--	burst - 1 + spare + (rate - headroom) = rate
--
-- That is when tokens are taken. When requests arrive is another matter: some
-- are JITTER late, and others are not. So it holds for a second and JITTER.

local US = 1000000
local KEPT_MS = 1000 -- when it is full again
local JITTER = 0.05 -- of a second
local rate = tonumber(ARGV[1])
local asked, returned = tonumber(ARGV[2]), tonumber(ARGV[3])
local away_us = tonumber(ARGV[4]) * 1000
local headroom = math.floor(rate / 20)
local spare = math.floor(rate / 50)
local burst = 1 + headroom - spare
local interval = math.ceil(US * (1 + JITTER) / (rate - headroom))
local at_us = now_us()
local full_us = at_us + burst * interval

-- Not later than it can be, when the clock went back.
local known_us = tonumber(redis.call('GET', KEYS[1]) or nil) or 0
local spent_until = math.min(math.max(known_us, at_us), full_us)
if returned > 0 then
	local lost = math.max(0, away_us - spare * interval)
	local moved = math.max(0, returned * interval - lost)
	spent_until = math.max(at_us, spent_until - moved)
end
local taken = math.min(asked, math.floor((full_us - spent_until) / interval))
spent_until = spent_until + taken * interval

-- PEXPIRE is a write that Redis permits when it is out of memory, and after
-- which it permits the other.
if spent_until ~= known_us then
	local kept_ms = math.ceil((spent_until - at_us) / 1000) + KEPT_MS
	redis.call('PEXPIRE', KEYS[1], kept_ms)
	redis.call('SET', KEYS[1], string.format('%.0f', spent_until), 'PX',
		kept_ms)
end

local wait_us = math.max(0, spent_until + interval - full_us)
return { taken, math.ceil(wait_us / 1000) }
