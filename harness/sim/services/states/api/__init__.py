"""The operations of Step Functions, a module for each kind of resource."""
