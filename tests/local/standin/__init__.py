"""A stack made from the real template.yaml around stand-in handlers, in a process of its own."""
