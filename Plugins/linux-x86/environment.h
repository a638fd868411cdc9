/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * environment.h: the kernel interfaces that x86's reverse map uses, for a user-space process.
 *
 * linux_x86.c includes this file before the kernel's text, which includes nothing, so this file is
 * the whole environment. What the kernel takes as a sign of a corrupted map traps here.
 *
 * Written from the uses in kernels 6.1 and 6.12, and in the lists of a later one.
 */
#ifndef LINUX_X86_ENVIRONMENT_H
#define LINUX_X86_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "reverse_map.h"

_Static_assert(sizeof(unsigned long) == 8, "the head of a list is an unsigned long of 64 bits");

typedef uint32_t u32;
typedef uint64_t u64;
typedef u64 gfn_t;

#define PAGE_SHIFT 12
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define BIT(bit) (1ul << (bit))

#define BUG() __builtin_trap()
#define BUG_ON(condition) \
  do { \
    if (condition) BUG(); \
  } while (0)
#define WARN_ONCE(condition, ...) BUG_ON(condition)
#define WARN_ON_ONCE(condition) \
  ({ \
    BUG_ON(condition); \
    false; \
  })
#define KVM_MMU_WARN_ON(condition) BUG_ON(condition)
#define KVM_BUG_ON_DATA_CORRUPTION(condition, kvm) ((void)(kvm), WARN_ON_ONCE(condition))
#define pr_err(...) ((void)0)
#define rmap_printk(...) ((void)0)

/* ---- Locks of lists, in kernels after 6.12: plain accesses, because there is one thread. ---- */

typedef unsigned long atomic_long_t;
#define atomic_long_read(pointer) (*(pointer))
#define atomic_long_set_release(pointer, value) (*(pointer) = (value))
#define atomic_long_try_cmpxchg_acquire(pointer, old, new) \
  (*(pointer) == *(old) ? (*(pointer) = (new), true) : (*(old) = *(pointer), false))
#define cpu_relax() BUG() /* The list is locked already, and would be forever. */
#define lockdep_assert_held_write(lock) ((void)0)
#define lockdep_assert_preemption_disabled() ((void)0)

/* ---- Memory, from the allocator of the map that the running call is for. ---- */

/* All calls come from one thread, so at most one is running. */
static const struct reverse_map_allocator *environment_allocator;

static inline void *environment_zalloc(size_t size, size_t alignment) {
  void *object = environment_allocator->allocate(environment_allocator->context, size, alignment);
  if (object) memset(object, 0, size);
  return object;
}

static inline void environment_free(void *object, size_t size) {
  environment_allocator->release(environment_allocator->context, object, size);
}

/* Descriptors of lists, and nothing else. The kernel fills the cache before it handles a fault,
 * which takes at most one for each page that it maps. */
struct kvm_mmu_memory_cache {
  void *object;
};

static inline void *kvm_mmu_memory_cache_alloc(struct kvm_mmu_memory_cache *cache) {
  void *object = cache->object;
  BUG_ON(!object);
  cache->object = NULL;
  return object;
}

#define kmem_cache_free(cache, object) environment_free(object, sizeof *(object))

/* ---- Guests, their memory slots and their shadow pages. ----
 *
 * There is one nested guest. Host and L1 have the same addresses, and pages have one size: an entry
 * (SPTE) of a shadow page maps a nested page to its canonical page. linux_x86.c keeps the slots and
 * the shadow pages. */

enum {
  PG_LEVEL_4K = 1,
  SPTE_LEVEL_BITS = 6, /* the kernel's is 9, for shadow pages of 4096 bytes */
  SPTE_ENT_PER_PAGE = 1 << SPTE_LEVEL_BITS,
  ACC_ALL = 7
};

struct kvm_rmap_head;
struct kvm_memory_slot {
  gfn_t base_gfn;
  unsigned long npages;
  struct {
    struct kvm_rmap_head *rmap[PG_LEVEL_4K];
  } arch;
};

/* The kernel finds the shadow page of an entry by the page that the entry lies in. Here it is the
 * aligned block that the entry lies in. */
enum { SHADOW_PAGE_SIZE = 2048 };
struct kvm_mmu_page {
  u64 spt[SPTE_ENT_PER_PAGE];
  u64 *shadowed_translation; /* the canonical page and the access of each entry */
  gfn_t gfn; /* of the first entry, if L1 maps all of them as one block, which nothing relies on */
  struct {
    unsigned level, access;
    bool direct, passthrough;
  } role;
  u64 nested; /* the first nested page */
  u64 translations[SPTE_ENT_PER_PAGE];
} __attribute__((aligned(SHADOW_PAGE_SIZE)));
_Static_assert(sizeof(struct kvm_mmu_page) == SHADOW_PAGE_SIZE, "one aligned block");

struct kvm_memslots;
struct kvm {
  struct kvm_memslots *slots;
  struct {
    int max_mmu_rmap_size;
  } stat;
  struct reverse_map_range *ranges;
  size_t capacity, count; /* there is no answer if count exceeds the capacity */
};

#define sptep_to_sp(sptep) ((struct kvm_mmu_page *)((u64)(sptep) & -(u64)SHADOW_PAGE_SIZE))
#define spte_index(sptep) ((int)((u64)(sptep) / sizeof(u64) % SPTE_ENT_PER_PAGE))
#define sp_has_gptes(sp) (!(sp)->role.direct && !(sp)->role.passthrough)

#define SPTE_MMU_PRESENT_MASK (1ul << 11)
#define is_shadow_present_pte(spte) (((spte) & SPTE_MMU_PRESENT_MASK) != 0)
#define spte_to_pfn(spte) ((spte) >> PAGE_SHIFT)

#define KVM_HPAGE_GFN_SHIFT(level) (((level) - 1) * 9)
#define KVM_PAGES_PER_HPAGE(level) (1ul << KVM_HPAGE_GFN_SHIFT(level))
#define gfn_to_index(gfn, base_gfn, level) \
  (((gfn) >> KVM_HPAGE_GFN_SHIFT(level)) - ((base_gfn) >> KVM_HPAGE_GFN_SHIFT(level)))

#define kvm_memslots_for_spte_role(kvm, role) ((kvm)->slots)
static struct kvm_memory_slot *__gfn_to_memslot(const struct kvm_memslots *slots, gfn_t gfn);

#define kvm_update_page_stats(kvm, level, count) ((void)0)
#define kvm_flush_remote_tlbs_gfn(kvm, gfn, level) ((void)0)
#define kvm_flush_remote_tlbs_with_address(kvm, gfn, pages) ((void)0)

static inline void environment_report(struct kvm *kvm, const u64 *sptep) {
  const u64 nested = sptep_to_sp(sptep)->nested + (u64)spte_index(sptep);
  if (kvm->count < kvm->capacity)
    kvm->ranges[kvm->count] = (struct reverse_map_range){nested << PAGE_SHIFT, PAGE_SIZE};
  kvm->count++;
}

/* Ends a mapping, which becomes part of the answer. */
static inline u64 mmu_spte_clear_track_bits(struct kvm *kvm, u64 *sptep) {
  const u64 old = *sptep;
  *sptep = 0;
  if (is_shadow_present_pte(old)) environment_report(kvm, sptep);
  return old;
}

#endif
