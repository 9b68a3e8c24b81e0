"""Accept many sends at once and report on them later."""
