"""HTTP in front of functions: routes, the events that functions get, and what becomes of their answers."""
