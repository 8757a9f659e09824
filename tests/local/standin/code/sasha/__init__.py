"""Stand-ins for the product's handlers, each showing one thing that a handler can do to a gateway."""
