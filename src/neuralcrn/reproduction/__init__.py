"""The publication in one command: its experiments over many seeds, and what lies beyond, in one report."""
