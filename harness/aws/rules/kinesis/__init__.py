"""Streams of Kinesis as state machines: time comes in as an argument.

`model` is a stream, with its `shards` and their `limits`; `iterators` say where reading goes on; `shown` has
the forms for answers and functions.
"""
