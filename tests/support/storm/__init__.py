"""The storm: everything that can die does, at random, under an oracle that
knows what was promised. `tests/storm` is its command."""
