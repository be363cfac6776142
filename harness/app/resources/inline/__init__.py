"""Modules that Lambda puts beside source that stands in a template."""
