"""Options and results of simulations."""
