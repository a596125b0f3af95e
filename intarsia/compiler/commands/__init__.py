"""One file a command: its options, then what it does. Heavy imports stand inside the functions."""
