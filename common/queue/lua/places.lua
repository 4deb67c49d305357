-- What the verbs share that walk through all groups: find_job, audit. They go by
-- the age of the heads, in pieces; a place between two pieces is the score and
-- the name of the group to go on with. A group moves backwards only, when its
-- head leaves, so none is missed.

-- The rank of a place ('', '' at the beginning). Of a group that has moved on:
-- that of the first with its old score.
local function rank_of(d, score, group)
	if group == '' then
		return 0
	end
	if redis.call('ZSCORE', d.heads, group) == score then
		return redis.call('ZRANK', d.heads, group)
	end
	return redis.call('ZCOUNT', d.heads, '-inf', '(' .. score)
end
