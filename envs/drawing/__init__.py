"""How do games draw? `canvas` has what they share."""
