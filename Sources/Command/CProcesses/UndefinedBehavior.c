// The callbacks of `clang -fsanitize=undefined`, so that the command can load the same library as a
// fuzz target, whose libFuzzer brings the runtime of UndefinedBehaviorSanitizer along. Each finding
// prints its place and ends the process.
//
// The callbacks are weak: where the runtime is linked, its own definitions win. Those that C++ needs
// to check types (vptr) are missing, because they need the runtime.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define WEAK __attribute__((weak, visibility("default")))

// The options for a runtime that comes with the library: a finding ends the process.
WEAK const char *__ubsan_default_options(void);
WEAK const char *__ubsan_default_options(void) { return "halt_on_error=1:print_stacktrace=1"; }

// The compiler's description of a place, with which the data of (nearly) every callback begins.
struct place {
  const char *file;
  uint32_t line, column;
};

static _Noreturn void fail(const char *name, const struct place *place) {
  const char *file = place->file != NULL ? place->file : "?";
  fprintf(stderr,
          "%s:%u:%u: runtime error: %s\n"
          "SUMMARY: UndefinedBehaviorSanitizer: %s %s:%u:%u\n",
          file, place->line, place->column, name, name, file, place->line, place->column);
  abort();
}

// A callback takes up to three values besides its data. It needs none of them.
#define CALLBACK(symbol, name)                                                              \
  WEAK void __ubsan_handle_##symbol(const struct place *data);                              \
  WEAK void __ubsan_handle_##symbol(const struct place *data) { fail(name, data); }

#define CALLBACKS(symbol, name)                                                             \
  CALLBACK(symbol, name)                                                                    \
  CALLBACK(symbol##_abort, name)

CALLBACKS(add_overflow, "signed-integer-overflow")
CALLBACKS(sub_overflow, "signed-integer-overflow")
CALLBACKS(mul_overflow, "signed-integer-overflow")
CALLBACKS(negate_overflow, "signed-integer-overflow")
CALLBACKS(divrem_overflow, "division-by-zero-or-overflow")
CALLBACKS(shift_out_of_bounds, "shift-out-of-bounds")
CALLBACKS(out_of_bounds, "index-out-of-bounds")
CALLBACKS(type_mismatch_v1, "null-or-misaligned-pointer-use")
CALLBACKS(alignment_assumption, "alignment-assumption")
CALLBACKS(vla_bound_not_positive, "non-positive-vla-bound")
CALLBACKS(float_cast_overflow, "float-cast-overflow")
CALLBACKS(load_invalid_value, "invalid-bool-or-enum-load")
CALLBACKS(implicit_conversion, "implicit-conversion")
CALLBACKS(invalid_builtin, "invalid-builtin-use")
CALLBACKS(nonnull_arg, "invalid-null-argument")
CALLBACKS(nullability_arg, "invalid-null-argument")
CALLBACKS(pointer_overflow, "pointer-overflow")
CALLBACKS(function_type_mismatch, "function-type-mismatch")
CALLBACK(builtin_unreachable, "unreachable-call")
CALLBACK(missing_return, "missing-return")

// These two get the place of the return beside their data.
#define RETURN_CALLBACK(symbol)                                                             \
  WEAK void __ubsan_handle_##symbol(const void *data, const struct place *place);           \
  WEAK void __ubsan_handle_##symbol(const void *data, const struct place *place) {          \
    (void)data;                                                                             \
    fail("invalid-null-return", place);                                                     \
  }

RETURN_CALLBACK(nonnull_return_v1)
RETURN_CALLBACK(nonnull_return_v1_abort)
RETURN_CALLBACK(nullability_return_v1)
RETURN_CALLBACK(nullability_return_v1_abort)
