-- wake: wakes a dispatcher if there is anything to claim, as when a hold ended.
--
-- KEYS    1 meta, 2 never, 3... a block
-- ARGV    1 birth
-- Returns 1 if there was
-- Atomic, as all that reads more than one key.

local refusal = check_birth()
if refusal then
	return refusal
end

local d = destination(3)
local at_ms = now()
if redis.call('LLEN', d.ready) == 0 and
	redis.call('ZCOUNT', d.waiting, '-inf', at_ms) == 0 and
	redis.call('ZCOUNT', d.leased, '-inf', at_ms) == 0 then
	return 0
end
begin_even_when_full()
wake(d)
return 1
