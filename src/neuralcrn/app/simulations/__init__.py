"""What a simulation is asked for and what it gives: other values, columns of the table, results."""
