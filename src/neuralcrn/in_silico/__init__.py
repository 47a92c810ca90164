"""Chemistry that is trained or found on a computer: nothing learns in these networks while they react."""
