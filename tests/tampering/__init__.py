"""The tampering matrix: every leaf and every file of a real project changed, and what each probe then says.

`python -m tests.tampering` prints it; the tests here hold it.
"""
