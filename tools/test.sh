#!/bin/sh
# All tests, with the built-in faces and away from figures/, so that nothing of the user's is read or changed.
cd "$(dirname "$0")/.." || exit 1
python=.venv/bin/python
export FER_DATA=rendered FER_FIGURES="$PWD/build/figures" TF_CPP_MIN_LOG_LEVEL=2
status=0

echo "1/2 helpers, tools and pages"
$python -m pytest tests src -n 2 || status=1

echo "2/2 notebooks: every marked output is computed again and compared"
$python -m pytest notebooks --nbval-lax --nbval-sanitize-with tests/nbval_sanitize.cfg \
    --nbval-cell-timeout 900 -n 2 --dist loadfile || status=1

exit $status
