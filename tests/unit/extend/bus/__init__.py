"""A service that AWS doesn't have, added from outside: a bus that copies what it gets to queues.

Each module is what a new service of the library would be: `facts` would lie in `harness/aws`, `mover` in
`harness/sim/services`, `resources` in `harness/app/resources`, `handle` in `harness/app/handles`.
"""
