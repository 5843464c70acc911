"""Runs longrun and its peers beside each other, in one session, interleaved: what bench/compare does.

Standard library and the harness only. Each module is a step of it, in this order: contenders (who can
run here), checks and search (does it train the same, and with how many threads best), rounds (timing),
record (the JSON), table (for people); processes and running start programs for all of them, command
says what happens when.
"""
