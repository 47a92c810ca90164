"""One pot: all stages of a schedule in one network, switched by an experimenter or by a chemical clock."""
