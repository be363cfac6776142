"""Conditions of DynamoDB: which are well-formed, and what they say about an item."""
