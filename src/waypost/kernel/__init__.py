"""What is remembered and shared between features; knows no feature."""
