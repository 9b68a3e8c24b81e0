"""Count what happened to emails, by time, country and reading program."""
