#!/bin/sh
set -eu
hf download org/tiny \
    --local-dir ./tiny
