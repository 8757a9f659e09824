"""HTTP: parse, one call into core, answer."""
