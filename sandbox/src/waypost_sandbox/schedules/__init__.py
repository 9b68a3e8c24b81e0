"""Show and cancel messages that are to be sent later."""
