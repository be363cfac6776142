"""The commands by what they take: a template, or a file that a test run stored."""
