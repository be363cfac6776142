"""The data of the service: state machines, executions, activities; time comes in as an argument."""
