"""Measurements of Weighbridge beside the tools it joins, in the same run on the same bytes.

`python -m benchmarks` runs every comparison; each has one file here and gives one or more rows.
"""
