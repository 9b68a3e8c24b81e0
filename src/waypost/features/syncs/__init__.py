"""Standing reads: sync jobs, their runs and triggers, and the records that were read."""
