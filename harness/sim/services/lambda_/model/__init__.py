"""Lambda's states and their transitions; time comes in as an argument."""
