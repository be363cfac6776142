"""TestState: one state, tried without an execution, with a mocked result if one is given."""
