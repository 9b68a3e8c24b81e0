"""What takes too long for the test command, run in full by `./dev proof NAME`."""
