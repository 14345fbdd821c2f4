"""How programs name models: tables of calls, commands and keys, and what reads them out of files. Pure."""
