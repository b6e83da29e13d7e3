#!/bin/sh
# Make .venv and install the locked packages into it; a no-op when that was done already.
#   PYTHON=/path/to/python  the interpreter to use      FER_DISK_NEEDED=MB  free space asked for
set -u
cd "$(dirname "$0")/.." || exit 1
venv=.venv
stamp=$venv/.installed
needed=${FER_DISK_NEEDED:-5000}

fail() {
    printf '\n%s\n' "Set-up stopped: $1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

wanted=$(cat requirements.lock pyproject.toml | cksum)
if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && "$venv/bin/python" -c '' 2>/dev/null; then exit 0; fi

# --- an interpreter ------------------------------------------------------------------------
version='import sys; print("%d.%d" % sys.version_info[:2])'
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
python=''
seen=''
for candidate in ${PYTHON:-"$venv/bin/python" python3.12 python3.13 python3.11 python3 python}; do
    found=$("$candidate" -c "$version" 2>/dev/null) || continue
    seen="$seen $candidate=$found"
    if "$candidate" -c "$fits"; then python=$candidate && break; fi
done
[ -n "$python" ] || fail "Python 3.11 to 3.13 is needed; found:${seen:- none}." \
    "Debian, Ubuntu:  sudo apt install python3 python3-venv" \
    "macOS:           brew install python@3.12" \
    "any system:      https://www.python.org/downloads/" \
    "Then again, or name one:  make run PYTHON=/path/to/python3.12"

"$python" -c 'import venv, ensurepip' 2>/dev/null || fail \
    "$python has no 'venv' module to make an environment with." \
    "Debian, Ubuntu:  sudo apt install python3-venv   (or python$("$python" -c "$version")-venv)" \
    "or name another Python:  make run PYTHON=/path/to/python3.12"

# --- room on the disk ----------------------------------------------------------------------
free=$(df -Pm . | awk 'NR == 2 {print $4}')
if [ ! -e "$stamp" ] && [ "${free:-$needed}" -lt "$needed" ]; then
    fail "$free MB are free on this disk, the packages need about $needed MB." \
        "Free some space, or clone the project to a larger disk."
fi

# --- the packages --------------------------------------------------------------------------
echo "Setting up $venv with $("$python" --version 2>&1): $(grep -c == requirements.lock) packages, two to five minutes ..."
mkdir -p build
log=build/setup.log
rm -f "$stamp"
if [ "$("$venv/bin/python" -c "$version" 2>/dev/null)" != "$("$python" -c "$version")" ]; then
    "$python" -m venv --clear "$venv" >"$log" 2>&1 || fail "no environment could be made in $venv." "$(tail -n 3 "$log")"
fi

install() { "$venv/bin/python" -m pip install --disable-pip-version-check --progress-bar off "$@"; }
count() {  # one line that counts, where someone watches
    if [ -t 1 ]; then
        awk '/^Collecting|^Requirement already/ {printf "\r  %d packages found  ", ++n; fflush()}
             /^Installing/ {printf "\r  %d packages found, unpacking them ...", n; fflush()}
             END {print ""}'
    else cat >/dev/null; fi
}
{ install -r requirements.lock 2>&1 || echo "exit code not 0"; } | tee "$log" | count
{ install --no-deps --no-build-isolation -e . 2>&1 || echo "exit code not 0"; } >>"$log"

if grep -q "exit code not 0" "$log"; then
    if grep -qi "no space left" "$log"; then
        fail "the disk is full." "Free about $needed MB, then again: what was installed is kept."
    fi
    fail "pip could not install the packages." "$(grep -i error "$log" | tail -n 3)" \
        "The first set-up needs the network; everything after it works offline." \
        "The whole story is in $log. Then again: what was installed is kept."
fi
echo "$wanted" >"$stamp"
