"""The speed of the parts that must be fast, measured by `make bench`."""
