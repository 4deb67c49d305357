-- history: the last jobs that left one destination and shard, newest first.
--
-- KEYS    1 meta, 2 never, 3... a block
-- ARGV    1 birth; 2 how many to pass over; 3 the one id that is looked for, ''
--         for all; 4 most jobs
-- Returns {how many to pass over in the next call, 0 at the end; then for each
--         job: id, accepted at, done at, outcome, status, took, attempts}
-- Writes nothing. What is put in front meanwhile makes the next call show some
-- again, never miss one.

local refusal = check_birth()
if refusal then
	return refusal
end

local LOOKED_AT = 2000 -- in one call
local d = destination(3)
local first = tonumber(ARGV[2])
local id = ARGV[3]
local limit = math.min(tonumber(ARGV[4]), LOOKED_AT)
local size = id == '' and limit or LOOKED_AT
local records = redis.call('LRANGE', d.history, first, first + size - 1)
local reply = { #records < size and 0 or first + size }
local shown = 0

local function show(packed)
	local is_readable, job = pcall(cmsgpack.unpack, packed)

	if not is_readable or type(job) ~= 'table' or
		(id ~= '' and job[1] ~= id) then
		return
	end
	for i = 1, 7 do
		add(reply, job[i])
	end
	shown = shown + 1
end

for _, packed in ipairs(records) do
	if shown >= limit then
		reply[1] = 0
		break
	end
	if id == '' or string.find(packed, id, 1, true) then
		show(packed)
	end
end
return reply
