#!/bin/bash -eu
. precompile_swift
# Swift's clang, not $CC: the target is linked with the sanitizer runtimes of Swift's toolchain.
"$(dirname "$(command -v swift)")/clang" $CFLAGS -fPIC -shared -fsanitize=fuzzer-no-link \
  -I "$SRC/revfuzz/Sources/Map/CReverseMap/include" -o "$WORK/mine.so" mine.c
"$SRC/revfuzz/scripts/fleet-build" --subject "$WORK/mine.so"
