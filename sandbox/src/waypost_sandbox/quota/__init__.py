"""Tell what is left of the day's API quota."""
