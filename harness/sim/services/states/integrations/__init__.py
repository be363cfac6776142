"""Tasks: calls of other services, and the waits for what they start.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""
