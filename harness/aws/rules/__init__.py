"""AWS's pure rules, each stated once: data in, a decision out; time comes in as an argument.

Nothing in here keeps a clock, draws by chance or imports from outside the standard library.
"""
