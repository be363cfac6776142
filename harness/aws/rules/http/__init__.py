"""HTTP in front of an app: routes, integrations and guards as data, the events that functions get, answers."""
