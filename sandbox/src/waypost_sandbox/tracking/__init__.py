"""Tracked links, the open pixel and the unsubscribe link: written into mail, and served."""
