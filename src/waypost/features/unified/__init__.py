"""One shape over providers: lists, records and their meta, in real time."""
