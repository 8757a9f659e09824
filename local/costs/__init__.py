"""What a picture, and a month without one, costs at AWS: counted on the local stack, priced from a dated list."""
