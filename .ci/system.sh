#!/bin/sh
# What reelsheet needs from the system: Python 3.11+ with venv, and ffmpeg. Installs with apt or brew where it may,
# else says in one sentence what to type. Changes nothing where nothing is missing.
set -u
python="${PYTHON:-python3}"

stop() { echo "reelsheet: $1" >&2; exit 1; }

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    found=$("$python" --version 2>&1) || found="no $python"
    stop "Python 3.11 or later is needed, found: $found. Install one, then: make PYTHON=python3.12 <target>"
fi

missing=""
"$python" -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
{ command -v ffmpeg && command -v ffprobe; } >/dev/null 2>&1 || missing="$missing ffmpeg"
[ -z "$missing" ] && exit 0

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo"; else as_root="no"; fi
    # shellcheck disable=SC2086  # a list of words
    if [ "$as_root" != no ]; then
        echo "Installing$missing with apt ..."
        export DEBIAN_FRONTEND=noninteractive
        { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $missing; } >/dev/null \
            || stop "apt could not install$missing; its words are above. Mend that, then try again."
    else
        stop "missing:$missing. Type: sudo apt install$missing"
    fi
elif command -v brew >/dev/null 2>&1; then
    echo "Installing ffmpeg with brew ..."
    brew install --quiet ffmpeg >/dev/null || stop "brew could not install ffmpeg; its words are above."
else
    stop "missing:$missing. Install it with your system's package manager, then try again."
fi
command -v ffmpeg >/dev/null 2>&1 || stop "ffmpeg is still not on the PATH after installing it."
