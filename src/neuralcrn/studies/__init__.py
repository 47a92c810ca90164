"""Studies: experiments that combine many simulations, with tables and figures of the results."""
