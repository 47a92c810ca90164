"""Numbers of the operations of a protocol, and of the sources of a dose, in tables of instructions."""

DOSE, RUN, READ, WITHDRAW, FLUSH = range(5)
FEATURE, TARGET, CONSTANT = range(3)
