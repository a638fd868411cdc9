# Sourced by scripts/fuzz: the folder of a target, its processes, and its row of the table.
export SWIFT_DETERMINISTIC_HASHING=1 # Hash seeds and address layout affect libFuzzer like its seed.
export REVFUZZ_COMMAND=${REVFUZZ_COMMAND:-$(printf %q "${here:-./}revfuzz")}
unset REVFUZZ_KEEP_GOING REVFUZZ_RECOVER
row='%-21s %12s %12s %13s %7s %9s %7s  %s\n'
order=' clean stopped out timeout crash divergence unsound' # the worst last
declare -A folder built

make_folder() { # TARGET: makes its folder in $out
  local at=$out/$1 number='' file=${REVFUZZ_SUBJECT-}
  if [[ $1 == "$foreign" ]]; then # Each library has one of its own, named after its file.
    file=$(cd -P -- "${file%/*}/" && pwd)/${file##*/}
    [[ ${file##*/} =~ ^(lib)?(.+)\.(so|dylib)[.0-9]*$ ]] && at+=/${BASH_REMATCH[2]} ||
      at+=/${file##*/}
    # Another library of this name, in another folder, has it: use NAME-2, NAME-3 and so on.
    while [[ -e $at$number/library && $(<"$at$number/library") != "$file" ]]; do
      number=$((${number:--1} - 1))
    done
    at+=$number
  fi
  corpus=corpus${seed:+-$seed} folder[$1]=$at
  [[ -z $seed ]] || rm -rf -- "${at:?}/$corpus" # Start from the committed corpus alone.
  { mkdir -p -- "$at"/{findings,"$corpus"} && : >"$at/row" >"$at/log"; } 2>/dev/null ||
    fail "cannot write to $at; choose another folder with --out FOLDER"
  [[ $1 != "$foreign" ]] || echo "$file" >"$at/library"
}

say() { echo "$@" 2>/dev/null || true; } # A closed pipe ends the run quietly, in a trap.
written() { tail -c "+$begin" -- "$at/log" | grep -a "$@" || true; } # by the last process

recover() { # CODE: lets the target save the input that a dead process has kept, and reports it
  local how="exited with $1 and gave no result"
  [[ $1 -le 128 ]] || how="was ended by signal $(($1 - 128)) ($(kill -l "$1"))"
  ((SECONDS - started < limit)) || how="exceeded its limit of $limit s"
  how+=$'\n'$(REVFUZZ_RECOVER=1 ${bounded[@]+"${bounded[@]}"} "$binaries/$target" -runs=0 \
    -artifact_prefix="$at/findings/" 2>"$at/recovery") || true
  value "$(grep -a '^{"revfuzz":' "$at/recovery" | tail -n 1)" result
  [[ $value != crash ]] || cat -- "$at/recovery" >>"$at/log"
  rm -f -- "$at/recovery"
  [[ $value == crash ]] || return 0
  say "$target: a process $how"
  [[ $how == exceeded* ]] && result=timeout || result=crash
}

run() { # TARGET: runs processes of it, prints what they find, writes its row; exits as scripts/fuzz
  local target=$1 at=${folder[$1]} binaries=${built[$1]} fixed=() bounded=() committed=() numbers=(0 - -)
  local left limit begin started code line result key worst=stopped rank=0 quick=0 status=0
  local pid='' stopped=''
  local end=$((SECONDS + share)) flag=${runs:+-runs}
  local -A sum=([executions]=0 [operations]=0 [milliseconds]=0 [refusals]=0) most=([edges]=0)
  trap 'stopped=yes; kill "$pid" 2>/dev/null || true' TERM HUP PIPE
  if setarch -R true 2>/dev/null; then fixed=(setarch -R)
  elif [[ -n $seed ]]; then echo "$script: no setarch -R here: runs may not repeat" >&2; fi
  [[ ! -d Corpus/$target ]] || committed=("Corpus/$target")
  # What our own map was found with exercises a library too.
  [[ $target != "$foreign" || ! -d Corpus/FuzzShadow ]] || committed+=(Corpus/FuzzShadow)
  [[ -z $keep ]] || { export REVFUZZ_KEEP_GOING=$(cd -- "$at" && pwd)/known && : >"$at/known"; }
  say "$target: fuzzing for $([[ -n $runs ]] && echo "$runs executions" || echo "$share s")"
  while [[ -z $stopped ]]; do
    [[ -n $runs ]] && left=$((runs - sum[executions])) || left=$((end - SECONDS))
    # The clock has whole seconds: the first process runs even if the last one has just begun.
    ((left > 0 || ${sum[processes]:-0} == 0)) || break
    ((left > 0)) || left=1
    # A process whose heap or signal handlers are damaged may hang where -timeout has no effect.
    limit=$((left + 60)) begin=$(($(wc -c <"$at/log") + 1)) started=$SECONDS numbers[0]=0
    [[ -n $runs ]] && limit=999999999 || ! command -v timeout >/dev/null ||
      bounded=(timeout --foreground -s KILL "$limit")
    ${fixed[@]+"${fixed[@]}"} ${bounded[@]+"${bounded[@]}"} "$binaries/$target" \
      "${flag:--max_total_time}=$left" ${seed:+-seed=$((seed + ${sum[processes]:-0})) -reload=0} \
      -artifact_prefix="$at/findings/" "$at/$corpus" ${committed[@]+"${committed[@]}"} \
      2>>"$at/log" 9>&- & pid=$!
    code=0 && wait "$pid" 2>/dev/null || code=$?
    [[ -z $stopped ]] || { code=0 && wait "$pid" 2>/dev/null || code=$?; } # A trap ended the first.
    line=$(written '^{"revfuzz":' | tail -n 1) && value "$line" result && result=$value
    [[ ! $(written '^#.* corp: ' | tail -n 1) =~ ^#([0-9]+).*ft:\ ([0-9]+)\ corp:\ ([0-9]+) ]] ||
      numbers=("${BASH_REMATCH[@]:1}")
    [[ -n $line ]] || recover "$code"
    case $code:$result:$stopped in
      0:clean:* | *:clean:yes | *:stopped:yes) ;;
      *:unsound:* | *:divergence:* | *:crash:* | *:timeout:* | *:out*) ((status > 1)) || status=1 ;;
      *) result="failed to run (exit $code)" status=2
        key=$(written '^revfuzz: ') && say "${key:-$(tail -n 5 -- "$at/log")}" ;;
    esac
    [[ $result != crash ]] || written -m6 -E '^revfuzz: |Fatal error|ERROR: |SUMMARY: '
    [[ -n $line ]] || line='"executions":'${numbers[0]},'"milliseconds":'$((SECONDS - started))000
    for key in executions operations milliseconds refusals edges largest; do
      value "$line" "$key" && sum[$key]=$((${sum[$key]:-0} + ${value:-0}))
      ((${value:-0} <= ${most[$key]:-0})) || most[$key]=$value
    done
    sum[processes]=$((${sum[processes]:-0} + 1)) key=${order%%" ${result%% *}"*}
    ((${#key} < rank)) || rank=${#key} worst=$result
    [[ -n $keep && $status -eq 1 ]] || break
    value "$line" milliseconds
    [[ $value -le 1000 && -z $(written -m1 INITED) ]] && quick=$((quick + 1)) || quick=0
    [[ $quick -lt 20 ]] || { say "$target: stopped: 20 processes in a row failed within a second," \
      "on inputs in $at/$corpus or Corpus/$target; fix that failure first" && break; }
  done
  ! [[ $target == "$foreign" && $(grep -ca 'Loaded 1 modules' "$at/log") -gt 0 ]] ||
    say "$target: the library is NOT instrumented; build it with clang -fsanitize=fuzzer-no-link"
  key=$(find "$at/findings" -type f ! -name '.*' -newer "$at/row" | wc -l)
  [[ -z $keep || $key -eq 0 ]] ||
    say "$target: $((key)) failure$([[ $key -eq 1 ]] || echo s) saved in $at/findings"
  [[ -z ${most[largest]-} ]] || say "$target: the largest map had ${most[largest]} mappings"
  [[ ${sum[refusals]} -eq 0 ]] || say "$target: ${sum[refusals]} requests for memory were refused"
  [[ ! $worst =~ ^(unsound|divergence|crash)$ ]] || worst=${worst^^}
  per=$((sum[milliseconds] + 1)) key=$((sum[operations] * 1000 / per))
  printf "$row" "$target" "${sum[executions]}" $((sum[executions] * 1000 / per)) "${key/#0/-}" \
    "${most[edges]}" "${numbers[@]:1}" "$worst" >"$at/row"
  exit "$status"
}
