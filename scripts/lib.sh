# Sourced by every script and by the launcher, after it has set self to its own path, with symbolic
# links resolved. Sets root to the project's folder, caller to the folder of the call, and here to
# what a path in the project begins with for the caller: nothing if the two are the same folder.
set -Eeuo pipefail
root=${BASH_SOURCE%/scripts/lib.sh} caller=$PWD script=${self#"${BASH_SOURCE%scripts/lib.sh}"}
[[ $caller -ef $root ]] && here='' || here=$root/
fail() { echo "$script: $*" >&2; exit 2; }
lack() { echo "$script: $*" >&2; exit 3; } # Something that this machine does not have.
trap 'fail "line $LINENO failed: $BASH_COMMAND"' ERR # Not exit code 1, which means a finding.
LC_ALL=C # Text may have bytes that are not UTF-8.
# With CDPATH, `cd` goes elsewhere and prints. Git's own variables are set in a hook, and name the
# repository of that hook.
unset CDPATH $(git rev-parse --local-env-vars 2>/dev/null)

if [[ $script != revfuzz && ${1-} =~ ^(-h|--help)$ ]]; then
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' -- "$self"
  exit 0
fi

given() { # PATH: sets path to what the caller means by it, valid in the project's folder too
  [[ $1 != *[[:cntrl:]]* ]] || fail "the path $(printf %q "$1") has a control character; rename it"
  [[ $1 == /* || -z $here ]] && path=${1/#-/./-} || path=$caller/$1
}

check_target() { # TARGET: fails if the table has no such target
  [[ $1 == Fuzz* ]] && grep -q -- "^$1 " "$root/FuzzTargets/targets" ||
    fail "no target '$1' in FuzzTargets/targets"
}

before_build() { # SCRATCH_FOLDER: fails if the package manager cannot build here; names its user
  local other
  command -v swift >/dev/null || fail 'no swift on PATH; install Swift 6.2 or later'
  [[ $root != *[[:cntrl:]\"\\]* ]] && iconv -f UTF-8 -t UTF-8 <<<"$root" >/dev/null 2>&1 ||
    fail "the package manager cannot build in $(printf %q "$root"): move the project to a path" \
      'without double quotes, backslashes, control characters and bytes that are not UTF-8'
  mkdir -p -- "$1" 2>/dev/null && [[ -w $1 ]] || fail "cannot write to $1"
  other=$(cat -- "$1/.lock" 2>/dev/null) || return 0
  [[ ! $(ps -o comm= -p "${other:-0}" 2>/dev/null) =~ ^swift ]] ||
    echo "$script: waiting for process $other, a swift command that builds in $1" >&2
}

is_older() { # STAMP PATH...: whether a path has changed since the stamp, or there is no stamp
  [[ ! -e $1 || -n $(find -H "${@:2}" "$(command -v swift || echo "$1")" -cnewer "$1" -print \
    -quit) ]]
}

value() { # LINE KEY: sets value to a field of a line of JSON; empty if it is null or missing
  local pattern='"'$2'":("(([^"\]|\\.)*)"|[0-9]+)'
  value=''
  [[ ! $1 =~ $pattern ]] || printf -v value %b "${BASH_REMATCH[2]:-${BASH_REMATCH[1]}}"
}
