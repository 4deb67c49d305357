"""Scripts that end after their n-th write.

Lua in Redis does not roll back, so what a script has written when it ends
early stays. A script is loaded here with a redis.call that counts writes and
fails after as many as the key test:stop says.
"""

import itertools

from queue_scripts import RedisError, script

STOPPED = """
local plain = redis
local left = tonumber(plain.call('GET', 'test:stop'))
local READS = {}
for name in string.gmatch('EXISTS GET HEXISTS HGET HGETALL HMGET HLEN LINDEX ' ..
	'LLEN LPOS LRANGE SISMEMBER SMISMEMBER SCARD TIME ZCARD ZCOUNT ZRANGE ' ..
	'ZMSCORE ZRANGEBYSCORE ZRANK ZSCAN ZSCORE SSCAN HSCAN ZRANGEBYLEX', '%S+') do
	READS[name] = true
end
local redis = setmetatable({ call = function(name, ...)
	if not READS[name] then
		if left == 0 then
			error('stopped here')
		end
		left = left - 1
	end
	return plain.call(name, ...)
end }, { __index = plain })
"""


def stopped_runs(queue, verb, prepare, run):
    """For each write of the verb: prepares, runs until the script is stopped
    in front of it, and gives what was prepared. Redis is emptied in between."""
    client = queue.redis
    whole = queue.shas.get(verb)
    stopping = client("SCRIPT", "LOAD", STOPPED + script(verb))
    for writes in itertools.count():
        client("FLUSHALL")
        queue.set_clock(queue.START)
        queue.open("event", "contact")
        queue.shas.pop(verb, None)
        prepared = prepare()
        whole = queue.shas.get(verb) or whole or client("SCRIPT", "LOAD",
                                                        script(verb))
        client("SET", "test:stop", writes)
        queue.shas[verb] = stopping
        try:
            run(prepared)
        except RedisError as error:
            assert "stopped here" in str(error)
        else:
            queue.shas[verb] = whole
            assert writes > 1, "nothing was written"
            return
        queue.shas[verb] = whole
        yield prepared
