"""The tests of Weighbridge."""
