"""Runs state machines: `run` is one execution, `states` one state, with a module for each larger kind."""
