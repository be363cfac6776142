"""The Amazon States Language: definitions, paths, expressions. Pure: time and chance come in as arguments."""
