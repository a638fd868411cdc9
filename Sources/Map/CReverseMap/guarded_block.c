#include "guarded_block.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void __asan_init(void) __attribute__((weak));

/* Not instrumented: coverage of these checks says nothing about an input. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

/* A pointer or a size made of poison is large and odd, so that following it fails. */
enum { poison = 0xa5, pattern = 0xb7, zone = 32 };

int guarded_has_sanitizer(void) { return __asan_init != NULL; }

/* The size of the zone before a block, which must keep the block's alignment. */
static size_t front(size_t alignment) {
  if (guarded_has_sanitizer()) return 0;
  return alignment > zone ? alignment : zone;
}

void *guarded_allocate(size_t size, size_t alignment) {
  size_t before = front(alignment), after = before == 0 ? 0 : zone;
  if (size > SIZE_MAX - before - after) return NULL;
  void *memory = NULL;
  if (alignment < sizeof(void *)) alignment = sizeof(void *);
  if (posix_memalign(&memory, alignment, before + size + after) != 0) return NULL;
  uint8_t *block = (uint8_t *)memory + before;
  memset(memory, pattern, before);
  memset(block, poison, size);
  memset(block + size, pattern, after);
  return block;
}

void guarded_poison(void *block, size_t size) {
  memset(block, poison, size);
  /* The compiler must assume that someone reads the poison. */
  __asm__ volatile("" : : "r"(block) : "memory");
}

static int is_filled(const uint8_t *bytes, size_t size, uint8_t value) {
  return size == 0 || (bytes[0] == value && memcmp(bytes, bytes + 1, size - 1) == 0);
}

int guarded_has_zones(const void *block, size_t size) {
  if (guarded_has_sanitizer()) return 1;
  const uint8_t *bytes = block;
  return is_filled(bytes - zone, zone, pattern) && is_filled(bytes + size, zone, pattern);
}

int guarded_has_poison(const void *block, size_t size) {
  return guarded_has_sanitizer() || is_filled(block, size, poison);
}

void guarded_free(void *block, size_t alignment) {
  if (block != NULL) free((uint8_t *)block - front(alignment));
}

#pragma clang attribute pop
