"""The examples of pages are tested; build configuration and generated files are not collected."""

collect_ignore = ["_build", "conf.py", "extensions", "gallery", "reference/generated"]
