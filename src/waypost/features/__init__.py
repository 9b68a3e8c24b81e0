"""One folder per promise to a user; features never import one another."""
