"""HTTP in front of an app as data: routes, integrations, guards, the events of functions, answers."""
