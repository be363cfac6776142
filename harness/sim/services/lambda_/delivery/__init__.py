"""Runs of functions, and what starts them: invocations, queues of asynchronous events, pollers."""
