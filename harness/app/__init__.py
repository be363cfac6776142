"""The app under test: a template and the code it names."""
