"""Trees of files that are read and never run: a working folder, or a revision in Git."""
