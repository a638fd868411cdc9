/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * environment.h: the kernel interfaces that powerpc's nested reverse map uses, for a user-space
 * process.
 *
 * linux_powerpc.c includes this file before the kernel's text. Plugins/linux-powerpc/build makes
 * every header that the kernel's files include an empty file, so this file is the whole
 * environment. The second half is what stands in for guests and their page tables.
 *
 * Written from the uses in kernels 6.1 and 6.12.
 */
#ifndef LINUX_POWERPC_ENVIRONMENT_H
#define LINUX_POWERPC_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "reverse_map.h"

_Static_assert(sizeof(unsigned long) == 8, "a word of the map is an unsigned long of 64 bits");

typedef uint64_t u64;

#define PAGE_SHIFT 12
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define EXPORT_SYMBOL_GPL(name)
#define container_of(pointer, type, member) \
  ((type *)((char *)(pointer) - offsetof(type, member)))
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))

/* ---- Atomic operations: plain, because there is one thread. ---- */

#define smp_load_acquire(pointer) (*(pointer))
#define xchg(pointer, value) \
  ({ \
    typeof(*(pointer)) old_ = *(pointer); \
    *(pointer) = (value); \
    old_; \
  })
#define cmpxchg(pointer, old, new) \
  ({ \
    typeof(*(pointer)) found_ = *(pointer); \
    if (found_ == (old)) *(pointer) = (new); \
    found_; \
  })
#define try_cmpxchg(pointer, old, new) \
  ({ \
    typeof(*(pointer)) expected_ = *(old); \
    (*(old) = cmpxchg(pointer, expected_, new)) == expected_; \
  })

/* ---- Memory, from the allocator of the map that the running call is for. ---- */

/* All calls come from one thread, so at most one is running. */
static const struct reverse_map_allocator *environment_allocator;

static inline void *kzalloc(size_t size) {
  void *object =
      environment_allocator->allocate(environment_allocator->context, size, _Alignof(u64));
  if (object) memset(object, 0, size);
  return object;
}

static inline void environment_free(void *object, size_t size) {
  environment_allocator->release(environment_allocator->context, object, size);
}

/* The kernel's text frees elements of lists and nothing else. */
#define kfree(object) environment_free((object), sizeof(struct rmap_nested))

/* ---- Guests and their shadow page tables. ----
 *
 * There is one nested guest. Host and L1 have the same addresses: a leaf of the shadow page table
 * maps a nested page to its canonical page. linux_powerpc.c keeps the leaves. */

typedef unsigned long pte_t;

struct kvm_memory_slot {
  unsigned long base_gfn, npages;
  struct {
    unsigned long *rmap;
  } arch;
};

struct kvm_nested_guest {
  unsigned long l1_lpid, shadow_lpid;
};

struct map;
struct kvm {
  const struct map *map;
  struct kvm_nested_guest guest;
  struct reverse_map_range *ranges;
  size_t capacity, count; /* there is no answer if count exceeds the capacity */
  char mmu_lock;
};

struct kvm_vcpu {
  struct kvm *kvm;
};

#define PTE_RPN_MASK 0x01fffffffffff000ul
#define _PAGE_PRESENT 1ul
#define _PAGE_DIRTY 0x80ul
#define _PAGE_ACCESSED 0x100ul
#define pte_present(pte) ((pte) & _PAGE_PRESENT)
#define pte_val(pte) (pte)
#define __radix_pte_update(pte, clear, set) ((void)(pte), (void)(clear), (void)(set))
#define spin_lock(lock) ((void)(lock))
#define spin_unlock(lock) ((void)(lock))

/* The leaf of a nested address; NULL if there has been none. */
static pte_t *environment_leaf(const struct map *map, unsigned long nested);

static inline struct kvm_nested_guest *__find_nested(struct kvm *kvm, int lpid) {
  return (unsigned long)lpid == kvm->guest.l1_lpid ? &kvm->guest : NULL;
}

static inline pte_t *find_kvm_nested_guest_pte(struct kvm *kvm, unsigned long lpid,
                                               unsigned long nested, unsigned *shift) {
  *shift = PAGE_SHIFT;
  return __find_nested(kvm, (int)lpid) ? environment_leaf(kvm->map, nested) : NULL;
}

static inline void environment_report(struct kvm *kvm, unsigned long nested) {
  if (kvm->count < kvm->capacity)
    kvm->ranges[kvm->count] = (struct reverse_map_range){nested, PAGE_SIZE};
  kvm->count++;
}

/* The walk that removes entries unmaps a leaf; the walk that only reads flushes the TLB. */
#define kvmppc_unmap_pte(kvm, pte, nested, shift, slot, lpid) \
  ((void)(shift), (void)(lpid), *(pte) = 0, environment_report(kvm, nested))
#define kvmppc_radix_tlbie_page(kvm, nested, shift, lpid) \
  ((void)(shift), (void)(lpid), environment_report(kvm, nested))

#endif
