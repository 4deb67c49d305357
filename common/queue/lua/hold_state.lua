-- hold_state: looks at the hold of a destination.
--
-- KEYS    1 its hold
-- Returns {0, then the state}
-- Atomic, as it ends what is over by now. Writes nothing.

local hold = read_hold()
mend_hold(hold, now())
return add_state({ 0 }, hold)
