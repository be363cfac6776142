"""Exploration: fault points of a run, the search through them, shrinking, and where runs are made.

It takes `run(plan) → Outcome` and knows no cloud: the plugin and the command line join the two.
"""

from harness.explore.engine import Engine, EngineError, Processes, Run, Serial, engine_for
from harness.explore.outcome import Outcome, hits_of
from harness.explore.points import points_of
from harness.explore.search import Campaign, Failure, Found, Search, campaign
from harness.faults.points import Point

__all__ = [
    "Campaign",
    "Engine",
    "EngineError",
    "Failure",
    "Found",
    "Outcome",
    "Point",
    "Processes",
    "Run",
    "Search",
    "Serial",
    "campaign",
    "engine_for",
    "hits_of",
    "points_of",
]
