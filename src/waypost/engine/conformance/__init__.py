"""Everything a catalogue folder must satisfy beyond being well-formed; each breach with its file, line and column."""
