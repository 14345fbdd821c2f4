"""Mending references in the texts of files: a revision written in, or a governed name in the model's place. Pure."""
