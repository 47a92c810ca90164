"""Pages are tested by their examples; what builds them, and what is built, is not."""

collect_ignore = ["_build", "conf.py", "extensions", "gallery", "reference/generated"]
