"""Studies: many simulations, kept as they are done, and what they show together as tables and figures."""
