-- What claim does about leases that have lapsed. A job is a suspect when its holder
-- has lost it, and from then on is given out alone, until an attempt of it has an
-- end; only what it is lost for as a suspect counts against it.

-- Without a token it was given back, which is no loss.
local function note_loss(d, group, record)
	local lost = redis.call('HGET', d.tokens, group)

	if not lost or record.lost == lost then
		return
	end
	if record.suspect then
		record.losses = record.losses + 1
	end
	record.suspect = true
	record.lost = lost
	record.sent = nil
	redis.call('HSET', d.attempts, group, cmsgpack.pack(record))
	add_counts(d, { lease_losses = 1 })
end

local function bury_poison(d, group, element, record, policy)
	local death = {
		at_ms = policy.at_ms,
		outcome = 'lease_lost',
		status = 0,
		took_ms = 0,
		count = record.count,
		lease = record.lost,
		note = 'given up: while it was attempted alone, its dispatcher ' ..
			'was lost ' .. record.losses .. ' times',
	}
	local next_element = redis.call('LINDEX', d.jobs .. group, 1)

	bury(d, group, element, record, death)
	call_many('RPUSH', d.ready, remove_heads(d, { group },
		{ next_element }, { group }, policy.at_ms))
	add_counts(d, { dead = 1, pending = -1 })
	write_history(d, { pack_done(record.id, element, death) },
		policy.history_limit)
	free_dependents(d, policy.dependents, { group })
end

-- The first suspect: group, element and record; nothing when there is none. What
-- was lost too often is buried on the way. `policy` has at_ms, max_losses and
-- dead_limit (0: none, both), history_limit, dependents, and `most`, how many
-- leases are looked at.
local function find_suspect(d, policy)
	local lapsed = redis.call('ZRANGEBYSCORE', d.leased, '-inf',
		policy.at_ms, 'LIMIT', 0, policy.most)

	local function is_poison(record)
		local limit = policy.dead_limit

		return policy.max_losses > 0 and
			record.losses >= policy.max_losses and (limit == 0 or
			redis.call('ZCARD', d.dead) < limit or
			read_death(d, record.id) == record.lost)
	end

	for _, group in ipairs(lapsed) do
		local element = redis.call('LINDEX', d.jobs .. group, 0)
		if element then
			local record = unpack_attempts(redis.call('HGET',
				d.attempts, group), job_id(element))
			note_loss(d, group, record)
			if not is_poison(record) then
				return group, element, record
			end
			bury_poison(d, group, element, record, policy)
		else
			redis.call('ZREM', d.heads, group)
		end
		redis.call('HDEL', d.tokens, group)
		redis.call('ZREM', d.leased, group)
	end
	return nil
end
