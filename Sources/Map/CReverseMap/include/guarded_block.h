/* SPDX-License-Identifier: MIT */
/*
 * Blocks of memory for a library, in which the use of memory that is not its own shows in every
 * build. Written in C because a compiler may leave out a write to memory that is freed next.
 *
 * A block is new memory filled with poison, between two guard zones with a pattern. With
 * AddressSanitizer, which sees more, blocks are plain.
 */
#ifndef REVERSE_MAP_GUARDED_BLOCK_H
#define REVERSE_MAP_GUARDED_BLOCK_H

#include <stddef.h>

/* Whether AddressSanitizer watches the heap. Nothing here checks anything then. */
int guarded_has_sanitizer(void);

/* Returns a block of `size` bytes at a multiple of `alignment`, a power of two; NULL without
 * memory. O(size). */
void *guarded_allocate(size_t size, size_t alignment);

/* Fills a block that its owner has released with poison. O(size). */
void guarded_poison(void *block, size_t size);

/* Whether nothing was written beside the block. */
int guarded_has_zones(const void *block, size_t size);

/* Whether nothing was written to the block since `guarded_poison`. O(size). */
int guarded_has_poison(const void *block, size_t size);

/* Gives a block back to the system. `alignment` is that of `guarded_allocate`. */
void guarded_free(void *block, size_t alignment);

#endif
