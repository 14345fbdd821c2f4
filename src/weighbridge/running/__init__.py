"""What lives as long as a program that was started to see approved models alone."""
