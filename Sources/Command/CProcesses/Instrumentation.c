// Stubs for the callbacks of `clang -fsanitize=fuzzer-no-link`, so that the command can load the
// same library as a fuzz target. They count nothing.
//
// The stubs are weak: where libFuzzer is linked, its own definitions win.

#include <stdint.h>

#define WEAK __attribute__((weak, visibility("default")))

WEAK __thread uintptr_t __sancov_lowest_stack;

WEAK void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop) {
  (void)start, (void)stop;
}
WEAK void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop) {
  (void)start, (void)stop;
}
WEAK void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop) {
  (void)start, (void)stop;
}
WEAK void __sanitizer_cov_trace_pc_guard(uint32_t *guard) { (void)guard; }
WEAK void __sanitizer_cov_trace_pc_indir(uintptr_t callee) { (void)callee; }
WEAK void __sanitizer_cov_trace_cmp1(uint8_t one, uint8_t other) { (void)one, (void)other; }
WEAK void __sanitizer_cov_trace_cmp2(uint16_t one, uint16_t other) { (void)one, (void)other; }
WEAK void __sanitizer_cov_trace_cmp4(uint32_t one, uint32_t other) { (void)one, (void)other; }
WEAK void __sanitizer_cov_trace_cmp8(uint64_t one, uint64_t other) { (void)one, (void)other; }
WEAK void __sanitizer_cov_trace_const_cmp1(uint8_t one, uint8_t other) { (void)one, (void)other; }
WEAK void __sanitizer_cov_trace_const_cmp2(uint16_t one, uint16_t other) { (void)one, (void)other; }
WEAK void __sanitizer_cov_trace_const_cmp4(uint32_t one, uint32_t other) { (void)one, (void)other; }
WEAK void __sanitizer_cov_trace_const_cmp8(uint64_t one, uint64_t other) { (void)one, (void)other; }
WEAK void __sanitizer_cov_trace_switch(uint64_t value, uint64_t *cases) {
  (void)value, (void)cases;
}
WEAK void __sanitizer_cov_trace_div4(uint32_t divisor) { (void)divisor; }
WEAK void __sanitizer_cov_trace_div8(uint64_t divisor) { (void)divisor; }
WEAK void __sanitizer_cov_trace_gep(uintptr_t index) { (void)index; }
