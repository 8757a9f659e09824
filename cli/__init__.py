"""The owner's command, `sasha`: accounts, keys, usage, audit. Nothing of it ships to Lambda."""
