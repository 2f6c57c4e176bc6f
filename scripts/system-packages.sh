#!/usr/bin/env bash
# Install the system packages that are named and missing: venv, bubblewrap, chromium, libatomic.
#
#     scripts/system-packages.sh bubblewrap chromium
#
# As root, or where sudo asks for no password, they are installed with apt-get. Elsewhere one line
# says what to install, and the exit code is 1.
set -euo pipefail

present() {
    case $1 in
        venv) "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null ;;
        bubblewrap) command -v bwrap >/dev/null ;;
        chromium) [ -n "${CHROMIUM:-}" ] ||
            command -v chromium chromium-browser google-chrome >/dev/null ;;
        libatomic) compgen -G '/usr/lib*/libatomic.so.1' >/dev/null ||
            compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null ;;
        *) echo "system packages: '$1' is not one of venv, bubblewrap, chromium, libatomic" >&2; exit 2 ;;
    esac
}

declare -A debian=([venv]=python3-venv [bubblewrap]=bubblewrap [chromium]=chromium
    [libatomic]=libatomic1)
declare -A purpose=([venv]="makes the Python environment" [bubblewrap]="shuts in the code that is graded"
    [chromium]="shows the site to the tests" [libatomic]="lets the tests steer Chromium")

missing=() packages=()
for name in "$@"; do
    present "$name" && continue
    missing+=("$name") packages+=("${debian[$name]}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

say() {
    local what
    what=$(for name in "${missing[@]}"; do printf '%s (%s), ' "${debian[$name]}" "${purpose[$name]}"; done)
    echo "system packages: missing ${what%, }. $1" >&2
    exit 1
}

command -v apt-get >/dev/null || say "Install with your system's package manager, then run this again."
if [ "$(id -u)" -eq 0 ]; then
    as_root=()
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    say "Run: sudo apt-get install ${packages[*]}"
fi

echo "system packages: installing ${packages[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >>"$log" 2>&1; }
if ! { apt update && apt install --yes --no-install-recommends "${packages[@]}"; }; then
    tail -n 5 "$log" >&2
    say "apt-get could not install them."
fi
for name in "${missing[@]}"; do present "$name" || say "apt-get installed it, but it is not found."; done
