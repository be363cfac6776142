"""The part of harness that runs inside LocalStack, where it is importable as `harness_guest`.

Nothing in here imports from outside the package but the standard library, LocalStack, botocore and requests.
"""

VERSION = "0.1.0"
