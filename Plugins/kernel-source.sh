# Sourced by Plugins/*/build, after scripts/lib.sh. Gets the files of a kernel source tree that a
# plugin is built from, from Debian's source package or from KERNEL_SOURCE.
#
# Reads files, their paths in the tree; inputs, what else the build reads; name, that of the
# library, if the plugin can be built with --edit; and the arguments of the script. Sets plugin, out
# and interface, the folders of the plugin, its results and reverse_map.h; source, a folder with the
# files; compiler; key, a checksum of all that the build reads; and name and edit, as --edit says.
# Holds a lock on $out.
plugin=${script%/build} out=out/${script#Plugins/} out=${out%/build} version='' edit=''
interface=Sources/Map/CReverseMap/include
while [[ $# -gt 0 ]]; do
  case $1 in
    --edit)
      [[ -n ${name-} ]] || fail "unknown option '$1'; $script --help lists them"
      [[ ${2-} =~ ^[a-z][a-z-]*$ && -n ${3-} ]] || fail '--edit takes a name and a sed script'
      name=$2 edit=$3; shift 2 ;;
    --version)
      [[ ${2-} =~ ^[1-9][0-9]*\.[0-9]+$ ]] || fail '--version takes a version such as 6.12'
      version=$2; shift ;;
    *) fail "unknown option '$1'; $script --help lists them" ;;
  esac
  shift
done
[[ -z $version || -z ${KERNEL_SOURCE-} ]] || fail 'use either --version or KERNEL_SOURCE, not both'
read -ra compiler <<<"${CC:-clang}"
command -v "${compiler[0]}" >/dev/null || fail "no '${compiler[0]}' here; install clang or set CC"
mkdir -p "$out" 2>/dev/null || fail "cannot write to $out"
exec 8>"$out/.lock"
! command -v flock >/dev/null || flock 8

# All that the plugins here need of a source package, so that one download does for all of them.
shared=(arch/powerpc/{include/asm/kvm_book3s_64.h,kvm/book3s_hv_nested.c}
  arch/x86/{include/asm/kvm_host.h,kvm/mmu/mmu.c}
  include/linux/{interval_tree,interval_tree_generic,llist,maple_tree}.h
  include/linux/{rbtree,rbtree_augmented,rbtree_types}.h
  lib/{interval_tree,llist,maple_tree,rbtree}.c)
scratch=$out/.scratch # Unpack here first, so that the files are complete or absent.
trap 'rm -rf "$scratch"' EXIT
rm -rf "$scratch" && mkdir -p "$scratch/tree"
has_files() { # FOLDER: whether it has all files; sets missing to the first that it has not
  for missing in "${files[@]}"; do [[ -s $1/$missing ]] || return 1; done
}
keep() { # FOLDER: moves the unpacked files there
  has_files "$scratch/tree" || return 1
  rm -rf "$1" && mv "$scratch/tree" "$1"
}
unpack() { # reads linux-source-VERSION.tar.xz
  local names code=0
  mapfile -t names < <(printf "linux-source-$version/%s\n" "${files[@]}" "${shared[@]}" | sort -u)
  tar -xJf - -C "$scratch/tree" --strip-components=1 "${names[@]}" 2>"$scratch/log" || code=$?
  cat "$scratch/log" >>"$out/unpack.log"
  [[ $code -ne 2 ]] || # An old version may lack a file of another plugin.
    grep -Eqv ': Not found in archive$|: Exiting with failure' "$scratch/log" || code=0
  return "$code"
}
fetch() {
  local package=linux-source-$version archive=usr/src/linux-source-$version.tar.xz
  local log=$out/unpack.log && : >"$log"
  if [[ -r /$archive ]]; then  # The package is installed.
    unpack <"/$archive" || fail "cannot unpack /$archive; see $log"
    return
  fi
  command -v apt-get >/dev/null || lack 'no apt-get; set KERNEL_SOURCE to a kernel source tree'
  apt-cache show --no-all-versions "$package" >/dev/null 2>&1 ||
    lack "apt has no package $package; run apt-get update, or try another --version"
  command -v dpkg-deb >/dev/null && command -v xz >/dev/null || fail 'install dpkg and xz-utils'
  echo "downloading $package, about 150 MB" >&2
  (cd "$scratch" && apt-get -q download "$package") >"$log" 2>&1 ||
    lack "cannot download $package; see $log"
  echo "unpacking $package" >&2
  dpkg-deb --fsys-tarfile "$scratch/${package}"_*.deb 2>>"$log" |
    tar -xOf - "./$archive" 2>>"$log" | unpack ||
    fail "cannot unpack $package; see $log"
}

if [[ -n ${KERNEL_SOURCE-} ]]; then
  given "$KERNEL_SOURCE"
  for file in "${files[@]}"; do
    [[ -r $path/$file ]] || fail "KERNEL_SOURCE=$KERNEL_SOURCE has no $file"
    mkdir -p "$scratch/tree/${file%/*}"
    cp "$path/$file" "$scratch/tree/$file"
  done
  source=$out/source-given
  keep "$source" || fail "$missing in KERNEL_SOURCE=$KERNEL_SOURCE is empty"
else
  if [[ -z $version ]] && command -v apt-cache >/dev/null; then
    version=$(apt-cache search --names-only '^linux-source-[0-9]+\.[0-9]+$' 2>/dev/null |
      sed 's/^linux-source-//; s/ .*//' | sort -V | tail -n 1)
    [[ -n $version ]] || lack 'apt has no package linux-source-*; run apt-get update'
  fi
  [[ -n $version ]] || lack 'no apt; set KERNEL_SOURCE to the top folder of a kernel source tree'
  source=out/kernel-source/$version
  mkdir -p "${source%/*}" 2>/dev/null || fail "cannot write to ${source%/*}"
  exec 7>"${source%/*}/.lock"
  ! command -v flock >/dev/null || flock 7
  if ! has_files "$source"; then
    fetch
    keep "$source" || fail "linux-source-$version has no $missing, or an empty one"
  fi
  exec 7>&-
fi

# The complete inputs of the build: rebuild if one of them changes.
key=$({ "${compiler[@]}" --version && echo "${compiler[*]} $source" &&
  cat "$self" Plugins/kernel-source.sh "$plugin"/*.[ch] "$interface/reverse_map.h" \
    ${inputs[@]+"${inputs[@]}"} "${files[@]/#/$source/}"; } 2>/dev/null | cksum) ||
  fail "'${compiler[*]} --version' fails, or a file is missing in $plugin or $interface"

cut() { # KIND NAME FILE: prints the only define, struct or function NAME of a file
  local begin alone='' end='^}' tab=$'\t'
  case $1 in
    define) begin="^#define[ $tab]+$2[( $tab]" end='(^|[^\\])$' ;;
    struct) begin="^struct $2 {\$" ;;
    # The type of a function may have a line of its own.
    function) begin="^[a-z].*[ *]$2\\(" alone="^$2\\(" ;;
  esac
  begin=$begin alone=$alone end=$end awk -v file="$3" '
    !inside && ENVIRON["alone"] && $0 ~ ENVIRON["alone"] && previous ~ /^[a-z][a-z0-9_ *]*$/ {
      inside = 1; body = 0; text = previous "\n"; first = FNR - 1
    }
    !inside && $0 ~ ENVIRON["begin"] { inside = 1; body = 0; text = ""; first = FNR }
    { previous = $0 }
    !inside { next }
    { text = text $0 "\n" }
    /^{/ { body = 1 }
    ENVIRON["alone"] && !body && /;$/ { inside = 0; next } # a declaration
    $0 ~ ENVIRON["end"] { inside = 0; found++; result = "#line " first " \"" file "\"\n" text }
    END { if (found != 1) exit 1; print result }' "$source/$3" ||
    fail "cannot cut out the $1 $2: $3 of" \
      "${KERNEL_SOURCE:-linux-source-$version} does not have exactly one"
}
empty_headers() { # FILE...: makes every header that the files include, as an empty file
  local include
  sed -n 's/^#include <\([a-z0-9_/-]*\.h\)>.*/\1/p' "${@/#/$source/}" |
    while read -r include; do
      [[ " $* " == *" include/$include "* ]] ||
        { mkdir -p "$out/empty/${include%/*}" && : >"$out/empty/$include"; }
    done
}
compile() { # ARGUMENT...: runs the compiler
  "${compiler[@]}" "$@" >>"$out/build.log" 2>&1 ||
    fail "the build with '${compiler[*]}' failed; see $out/build.log"
}
make_library() { # TITLE: builds the library name with flags from the text that prepare writes
  local products=("$out/$name"{,-fuzz}.so)
  if [[ -n $edit ]]; then
    make_text
    cp -r "$out/$name" "$out/empty/unchanged"
    find "$out/$name" -type f -exec sed -i -E "$edit" {} + ||
      fail "the edit $name is not a sed script"
    ! diff -qr "$out/$name" "$out/empty/unchanged" >/dev/null ||
      fail "the edit $name changes nothing"
    compile -fsanitize=fuzzer-no-link "${flags[@]}" -o "${products[1]}"
    echo "${products[1]}"
    return
  fi
  if [[ $(cat "$out/built" 2>/dev/null) != "$key" ]] || ! ls "${products[@]}" >/dev/null 2>&1; then
    echo "building $1 of $source" >&2
    rm -f "$out/built" "${products[@]}"
    make_text
    compile "${flags[@]}" -o "${products[0]}"
    compile -fsanitize=fuzzer-no-link "${flags[@]}" -o "${products[1]}"
    ! grep -q 'warning:' "$out/build.log" ||
      echo "$script: the compiler warned; see $out/build.log" >&2
    echo "$key" >"$out/built"
  fi
  printf '%s\n' "${products[@]}"
}
make_text() { # Makes the folders $out/$name, for prepare, and $out/empty, for empty headers.
  rm -rf "${out:?}/$name" "$out/empty" && mkdir "$out/$name" "$out/empty"
  : >"$out/build.log"
  prepare
}
