# Sourced by Plugins/*/check, after scripts/lib.sh. Reads the arguments of the script and runs the
# build of the plugin, if it has one. Sets plugin and out, the folders of the plugin and its
# results, and found, that of the findings. `clean`, `bug` and `planted` fuzz a library, and set
# status to 1 if the result differs from the expected one.
plugin=${script%/check} out=out/${script#Plugins/} out=${out%/check} found=$out/found
wrong() { echo "  NOT as expected: $*"; status=1; }
seconds=${2-60} status=0
[[ $# -eq 0 || ($# -eq 2 && $1 == --seconds && $2 =~ ^[1-9][0-9]{0,5}$) ]] ||
  fail "usage: $script [--seconds N]"
[[ ! -e $plugin/build ]] || "$plugin/build" >/dev/null ||
  fail 'cannot build the plugin (see above)'
rm -rf "$found" && mkdir -p "$found" || fail "cannot write to $found"

# Fuzzes a library from the committed corpora. It must be clean.
clean() { # TITLE LIBRARY
  local name=${2##*/} code=0 executions rate result
  name=${name%.so}
  scripts/fuzz --subject "$2" --seconds "$seconds" --out "$found" >"$found/$name.txt" 2>&1 ||
    code=$?
  [[ $code -ne 2 ]] || { cat "$found/$name.txt" >&2; fail "$name did not run"; }
  grep -qa 'Loaded 2 modules' "$found/FuzzForeign/$name/log" ||
    wrong 'the library is not instrumented'
  read -r _ executions rate _ _ _ _ result < <(grep '^FuzzForeign  ' "$found/$name.txt")
  echo "$1: $result after $executions scenarios, $rate per second"
  [[ $result == clean ]] || wrong "expected clean; see $found/$name.txt"
}

# Plants a bug with a sed script, for plugins whose build has --edit.
bug() { # NAME RESULTS EDIT
  local library
  library=$("$plugin/build" --edit "$1" "$3") || fail "cannot plant $1 (see above)"
  planted "$1" "$2" "$library"
}

# Fuzzes a library with a bug. The bug must be found from an empty corpus, within 60 seconds, with
# one of the results, and shrunk to at most 5 operations.
planted() { # NAME RESULTS LIBRARY
  local folder=$found/$1 library=$3 binaries line result executions milliseconds file left
  # Built since the first run of scripts/fuzz.
  binaries=$(scripts/build FuzzForeign) || fail 'cannot build FuzzForeign (see above)'
  mkdir -p "$folder"/{corpus,findings}
  REVFUZZ_SUBJECT=$PWD/$library timeout -s KILL 120 "$binaries/FuzzForeign" -max_total_time=60 \
    -artifact_prefix="$folder/findings/" "$folder/corpus" >"$folder/log" 2>&1 || true
  line=$(grep -a '^{"revfuzz":' "$folder/log" | tail -n 1) || true
  value "$line" executions && executions=$value
  value "$line" milliseconds && milliseconds=$value
  value "$line" result && result=$value
  echo "$1: ${result:-no result} after $executions scenarios, $milliseconds ms"
  [[ " $2 " == *" ${result:-no result} "* ]] || wrong "expected ${2// / or }; see $folder/log"
  file=$(find "$folder/findings" -type f | head -n 1)
  [[ -n $file ]] || { wrong 'no file was saved'; return 0; }
  ./revfuzz shrink --subject "$library" --out "$folder/shrunk" "$file" >"$folder/shrink.log" 2>&1 ||
    wrong "shrinking failed; see $folder/shrink.log"
  left=$(sed -n 's/.* operations\{0,1\} became \([0-9]*\) in .*/\1/p' "$folder/shrink.log")
  sed -n '/^#/!s/^/    /p' "$folder"/shrunk/*.scenario || true
  [[ ${left:-99} -le 5 ]] || wrong "shrunk to ${left:-no} operations"
}
