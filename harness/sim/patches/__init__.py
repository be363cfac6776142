"""Replacements in the process while the simulator is active, removed afterwards.

Every replacement asks `current.acting()` first: code that no activity of the simulator runs (other
threads, or when no simulator is active) gets what Python would have given it.
"""
