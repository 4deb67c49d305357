-- What the verbs that remove pending jobs share: purge, forget.

-- Removes the jobs of a group, and what is known of its head. A lease stays:
-- the attempt goes on, and settles nothing. The group's place in `ready` is the
-- caller's to take. Returns how many jobs there were.
local function remove_jobs(d, group, word)
	local list = d.jobs .. group
	local count = redis.call('LLEN', list)

	if count > 0 then
		redis.call('UNLINK', list)
		add_counts(d, { pending = -count, [word] = count })
	end
	redis.call('HDEL', d.attempts, group)
	redis.call('ZREM', d.waiting, group)
	redis.call('ZREM', d.heads, group)
	return count
end
