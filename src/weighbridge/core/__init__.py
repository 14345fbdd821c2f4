"""The nouns of Weighbridge: pure values and rules, standard library only.

Nothing here does I/O, reads a clock or the environment, or checks a signature by itself:
bytes, times and the signature check are handed in.
"""
