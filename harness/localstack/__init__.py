"""LocalStack as a cloud: in a container, or from PyPI as a process of this machine."""
