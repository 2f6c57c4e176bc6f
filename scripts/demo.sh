#!/usr/bin/env bash
# Hand in and grade a class of simulated students. Usage: scripts/demo.sh ASSIGNMENT STUDENTS
#
# Simulated students are called demo-*. Where anybody else has handed in, nothing is touched.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p submitted
real=$(find submitted -mindepth 1 -maxdepth 1 -type d -not -name 'demo-*' | wc -l)
if [ "$real" -gt 0 ]; then
    echo "demo: left out, because submitted/ holds $real students who are not simulated"
    exit 0
fi
rm -rf submitted/demo-* autograded/demo-* feedback/demo-*
autograder simulate "$1" --students "$2"
autograder grade "$1"
