#!/bin/sh
# Brings what a make target needs: environment.sh runtime | dev | extras | system.
#   runtime  .venv with requirements.lock and rarebird itself
#   dev      .venv with requirements-dev.lock and rarebird itself: tests and checks
#   extras   .venv-extras with requirements-extras.lock and rarebird itself: all tests, 230 MB more
#   system   the programs that all tests use: Chromium, redis-server
# Does nothing where it is there already; says the command where something cannot be brought.
set -eu
cd "$(dirname "$0")/.."
case "${1:-}" in
extras | system) VENV=.venv-extras ;;
*) VENV=.venv ;;
esac

say() { printf 'rarebird: %s\n' "$*" >&2; }
fail() {
    say "$@"
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
is_debian() { [ -e /etc/debian_version ] && has apt-get; }

apt_install() {
    say "installing $* with apt-get"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } </dev/null >&2
}

# The name of a Python that is new enough; a name alone proves nothing, so each is asked for its version.
new_enough() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if has "$name" && fits "$name"; then
            echo "$name"
            return
        fi
    done
    return 1
}

find_python() {
    new_enough && return
    if is_debian && is_root && apt_install python3 python3-venv && new_enough; then return; fi
    say "needs Python 3.11 or later; found $(python3 --version 2>/dev/null || echo none). One of these brings it:"
    say "  apt-get install python3 python3-venv    Debian 12, Ubuntu 24.04 or later"
    say "  brew install python                     macOS"
    fail "  uv python install 3.13                  anywhere, with uv from https://docs.astral.sh/uv"
}

make_venv() {
    if has uv; then
        uv venv --quiet --clear --python '>=3.11' "$VENV"
        return
    fi
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        is_debian && is_root && apt_install "$package"
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            fail "needs the venv module of $python: sudo apt-get install $package"
    fi
    "$python" -m venv --clear "$VENV"
}

# A virtual environment keeps its own path: one that was moved with its checkout is of no use.
venv_is_sound() {
    [ -x "$VENV/bin/python" ] && fits "$VENV/bin/python" &&
        [ "$("$VENV/bin/python" -c 'import sys; print(sys.prefix)')" = "$(pwd -P)/$VENV" ] &&
        { has uv || "$VENV/bin/python" -m pip --version >/dev/null 2>&1; }
}

# The build backend is locked too; rarebird itself is built by it, without a download.
install() {
    if has uv; then
        uv pip sync --quiet --python "$VENV" --require-hashes "$1" requirements-build.lock
        uv pip install --quiet --python "$VENV" --no-deps --no-build-isolation --editable .
    else
        pip="$VENV/bin/python -m pip --disable-pip-version-check --quiet"
        $pip install --require-hashes -r "$1"
        $pip install --require-hashes -r requirements-build.lock
        $pip install --no-deps --no-build-isolation --editable .
    fi
}

wanted() { { pwd -P && cat pyproject.toml requirements-build.lock "$1" "tools/environment.sh"; } | cksum; }
holds() { [ "$(cat "$VENV/$1.stamp" 2>/dev/null)" = "$(wanted "$2")" ]; }

environment() {
    if { holds dev requirements-dev.lock || holds "$1" "$2"; } && [ -x "$VENV/bin/rarebird" ]; then
        return
    fi
    say "preparing $VENV from $2 (once; a minute or so)"
    venv_is_sound || make_venv
    rm -f "$VENV"/*.stamp
    install "$2"
    wanted "$2" >"$VENV/$1.stamp"
}

own_chromium='from playwright.sync_api import sync_playwright
with sync_playwright() as browsers: print(browsers.chromium.executable_path)'

has_chromium() {
    [ -n "${RAREBIRD_CHROMIUM:-}" ] || has chromium || [ -x "$("$VENV/bin/python" -c "$own_chromium" 2>/dev/null)" ]
}

system() {
    if ! has redis-server; then
        if is_debian && is_root; then apt_install redis-server; fi
        has redis-server || fail "the tests of the store need redis-server: sudo apt-get install redis-server, or brew install redis"
    fi
    has_chromium && return
    # Ubuntu's chromium package is a snap, which containers cannot run.
    if is_root && is_debian && ! grep -q '^ID=ubuntu' /etc/os-release; then apt_install chromium; fi
    has_chromium || "$VENV/bin/playwright" install chromium >&2 || true
    has_chromium || fail "the tests of the page need Chromium: sudo apt-get install chromium, or name one in RAREBIRD_CHROMIUM"
}

case "${1:-}" in
runtime) environment runtime requirements.lock ;;
dev) environment dev requirements-dev.lock ;;
extras) environment extras requirements-extras.lock ;;
system) system ;;
*) fail "expected runtime, dev, extras or system, got '${1:-}'" ;;
esac
