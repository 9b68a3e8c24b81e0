"""Words every floor uses: errors, secrets, time, identifiers, settings; imports nothing of ours."""
