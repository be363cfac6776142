"""Durable executions of functions. `model` is one execution and its operations, `updates` are the checkpoints
that change it, `events` its history; `api` are the operations, `runs` invokes functions, `timers` wakes them.

https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""
