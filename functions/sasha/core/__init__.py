"""What the gateway does, told without AWS and without HTTP."""
