"""Lambda's operations: parameters are parsed and checked, states changed, answers rendered."""
