"""The simulator behind a port of this machine, for clients of any language: `harness up`."""
