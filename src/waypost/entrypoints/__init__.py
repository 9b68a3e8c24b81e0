"""The only floor where things are put together: wiring, the HTTP application, the commands."""
