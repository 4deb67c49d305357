"""The model test: random sequences of the queue's verbs against the real
scripts and the simplest queue that could be right; `tests/model` is its
command."""
