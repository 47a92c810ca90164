"""The version of the package: its metadata, command line and generated files read it from here."""

__version__ = "0.2.0.dev0"
