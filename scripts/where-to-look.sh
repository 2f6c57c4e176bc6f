#!/usr/bin/env bash
# Say where the results of `make` are. Usage: scripts/where-to-look.sh VENV
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1
[ "$(id -u)" -ne 0 ] || as_root=" --allow-root"
count() { find submitted -mindepth 1 -maxdepth 1 -type d "$@" 2>/dev/null | wc -l; }

cat <<TEXT

The course is ready.

  Read it             file://$PWD/_build/html/index.html
  Serve it            $venv/bin/python -m http.server --directory _build/html
                      then http://localhost:8000
  Do the assignment   mkdir -p mine && cp -r notebooks/02-vanilla-rnn mine/
                      $venv/bin/jupyter lab${as_root:-} mine/02-vanilla-rnn/02-vanilla-rnn.ipynb
  Grade the class     $venv/bin/jupyter lab${as_root:-} --LabApp.default_url=/formgrader
  The gradebook       gradebook.db: $(count -name 'demo-*') simulated students of $(count) in submitted/, graded in autograded/

What to do next, as a reader, a student or an instructor: README.md
TEXT
