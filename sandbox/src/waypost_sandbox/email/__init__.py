"""Accept a send after full validation, and look emails up."""
