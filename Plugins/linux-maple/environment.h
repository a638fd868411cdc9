/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * environment.h: the kernel interfaces that the maple tree uses, for a user-space process.
 *
 * Plugins/linux-maple/build includes this file before lib/maple_tree.c (-include) and replaces every
 * header that the tree includes, except its own, by an empty file. So this file is the whole
 * environment. It has no locks and no tracing, and a grace period ends with the call. The second
 * half allocates the nodes.
 *
 * Written from the tree's uses in kernels 6.1 to 7.3. It includes interfaces that only some of
 * these kernels use.
 */
#ifndef LINUX_MAPLE_ENVIRONMENT_H
#define LINUX_MAPLE_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "reverse_map.h"

_Static_assert(sizeof(unsigned long) == 8, "the maple tree of a 64-bit kernel needs 64-bit longs");
#define CONFIG_64BIT 1

/* ---- Types, attributes and helper macros of the kernel. ---- */

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef unsigned int gfp_t;

#define __init
#define __rcu
#define __force
#define __acquires(lock)
#define __releases(lock)
#define __must_hold(lock)
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __maybe_unused __attribute__((unused))
#define noinline __attribute__((noinline))
#define noinline_for_kasan
#define fallthrough __attribute__((fallthrough))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_GPL(name)
#define IS_ENABLED(option) 0

#ifndef ULONG_MAX
#define ULONG_MAX (~0ul)
#endif
#ifndef UINT_MAX
#define UINT_MAX (~0u)
#endif
#define U8_MAX 0xff
#define BITS_PER_LONG 64
#define ENOMEM 12
#define EBUSY 16
#define EEXIST 17
#define EINVAL 22

#define min(a, b) ({ typeof(a) a_ = (a); typeof(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ typeof(a) a_ = (a); typeof(b) b_ = (b); a_ > b_ ? a_ : b_; })
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define DIV_ROUND_UP(a, b) (((a) + (b) - 1) / (b))
#define container_of(pointer, type, member) \
  ((type *)((char *)(pointer) - offsetof(type, member)))
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile typeof(x) *)&(x) = (value))

#define printk(...) fprintf(stderr, __VA_ARGS__)
#define pr_err printk
#define pr_warn printk
#define pr_info printk
#define pr_cont printk
#define tracepoint_string(name) (name)
#define trace_ma_op(...) ((void)0)
#define trace_ma_read(...) ((void)0)
#define trace_ma_write(...) ((void)0)

/* ---- Values that a tree can hold, and internal entries (linux/xarray.h). ---- */

static inline void *xa_mk_value(unsigned long value) { return (void *)(value << 1 | 1); }
static inline bool xa_is_value(const void *word) { return (uintptr_t)word & 1; }
static inline unsigned long xa_to_value(const void *word) { return (uintptr_t)word >> 1; }
static inline void *xa_mk_internal(unsigned long value) { return (void *)(value << 2 | 2); }
static inline bool xa_is_internal(const void *word) { return ((uintptr_t)word & 3) == 2; }
static inline unsigned long xa_to_internal(const void *word) { return (uintptr_t)word >> 2; }

#define XA_RETRY_ENTRY xa_mk_internal(256)
#define XA_ZERO_ENTRY xa_mk_internal(257)

static inline bool xa_is_zero(const void *word) { return word == XA_ZERO_ENTRY; }
static inline bool xa_is_advanced(const void *word) {
  return xa_is_internal(word) && (uintptr_t)word <= (uintptr_t)XA_RETRY_ENTRY;
}
static inline bool xa_is_node(const void *word) {
  return xa_is_internal(word) && (uintptr_t)word > 4096;
}
static inline bool xa_is_err(const void *word) {
  return xa_is_internal(word) && (uintptr_t)word >= (uintptr_t)xa_mk_internal(-4095ul);
}
static inline int xa_err(const void *word) {
  return xa_is_err(word) ? (int)((intptr_t)word >> 2) : 0;
}

/* ---- Locks and RCU: empty, because there is one thread. ---- */

typedef struct {
  char nothing;
} spinlock_t;
struct lock_class_key;
struct lockdep_map;
#define __SPIN_LOCK_UNLOCKED(name) { 0 }
#define spin_lock_init(lock) ((void)(lock))
#define spin_lock(lock) ((void)(lock))
#define spin_lock_nested(lock, subclass) ((void)(lock))
#define spin_unlock(lock) ((void)(lock))
#define lockdep_is_held(lock) 1
#define lock_is_held(map) 1
#define lockdep_assert_held(lock) ((void)0)
#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)
#define might_alloc(gfp) ((void)(gfp))

/* Memory ordering is the same as in the kernel, so that it costs the same: nothing on x86, barriers
 * on arm64. */
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#define rcu_dereference(pointer) READ_ONCE(pointer)
#define rcu_dereference_raw(pointer) READ_ONCE(pointer)
#define rcu_dereference_check(pointer, condition) READ_ONCE(pointer)
#define rcu_dereference_protected(pointer, condition) (pointer)
#define rcu_assign_pointer(pointer, value) __atomic_store_n(&(pointer), (value), __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(pointer, value) ((pointer) = (value))

/* Embedded in the retired node, as in the kernel. */
struct rcu_head {
  struct rcu_head *next;
  void (*function)(struct rcu_head *head);
};

/* ---- The running call. ---- */

struct kmem_cache {
  size_t object_size;
};

/* All calls come from one thread, so at most one is running. */
struct environment {
  const struct reverse_map_allocator *allocator;
  /* The text of the last WARN_ON. A warning does not stop the kernel, so it does not stop this
   * process either; the map's `check` reports it. */
  const char **warning;
  /* Objects that the tree has freed with RCU, as it does since 6.18 with every node that a store
   * replaces. They stay readable until the call ends. */
  struct rcu_head *retired;
  struct kmem_cache node_cache;
};
extern struct environment environment;

#define LINUX_MAPLE_STRING_(x) #x
#define LINUX_MAPLE_STRING(x) LINUX_MAPLE_STRING_(x)
#define LINUX_MAPLE_WARN(text, condition) \
  ({ \
    bool warns_ = !!(condition); \
    if (unlikely(warns_)) \
      *environment.warning = "lib/maple_tree.c, line " LINUX_MAPLE_STRING(__LINE__) ": " text; \
    unlikely(warns_); \
  })
#define WARN_ON(condition) LINUX_MAPLE_WARN("WARN_ON(" #condition ")", condition)
#define WARN_ON_ONCE(condition) LINUX_MAPLE_WARN("WARN_ON_ONCE(" #condition ")", condition)
#define BUG_ON(condition) \
  do { \
    if (unlikely(condition)) { \
      fprintf(stderr, "lib/maple_tree.c, line %d: BUG_ON(%s)\n", __LINE__, #condition); \
      __builtin_trap(); \
    } \
  } while (0)

/* ---- Memory, from the allocator of the map that the call is for. ---- */

#define __GFP_ZERO 0x100u
#define __GFP_DIRECT_RECLAIM 0x400u
#define __GFP_NOWARN 0x2000u
#define __GFP_NOFAIL 0x8000u
#define GFP_NOWAIT 0u
#define GFP_ATOMIC 0u
#define GFP_KERNEL __GFP_DIRECT_RECLAIM
#define SLAB_PANIC 0
#define gfpflags_allow_blocking(gfp) (!!((gfp) & __GFP_DIRECT_RECLAIM))

/* The tree has one cache, of objects aligned to their size. Its parameters vary between kernels. */
struct kmem_cache_args {
  unsigned int align;
  unsigned int sheaf_capacity;
};
#define kmem_cache_create(name, size, ...) \
  (environment.node_cache.object_size = (size), &environment.node_cache)

static inline void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp) {
  const struct reverse_map_allocator *allocator = environment.allocator;
  void *object = allocator->allocate(allocator->context, cache->object_size, cache->object_size);
  if (object && gfp & __GFP_ZERO) memset(object, 0, cache->object_size);
  return object;
}

static inline void kmem_cache_free(struct kmem_cache *cache, void *object) {
  const struct reverse_map_allocator *allocator = environment.allocator;
  allocator->release(allocator->context, object, cache->object_size);
}

static inline void kfree(void *object) {
  if (object) kmem_cache_free(&environment.node_cache, object);
}

static inline void kmem_cache_free_bulk(struct kmem_cache *cache, size_t count, void **objects) {
  while (count > 0) kmem_cache_free(cache, objects[--count]);
}

/* All or nothing, as in the kernel. */
static inline int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t count,
                                        void **objects) {
  for (size_t got = 0; got < count; got++) {
    objects[got] = kmem_cache_alloc(cache, gfp);
    if (!objects[got]) {
      kmem_cache_free_bulk(cache, got, objects);
      return 0;
    }
  }
  return (int)count;
}

/* A sheaf is a stack of preallocated objects, which the tree uses since 6.18. A store has one sheaf
 * at a time and requests as many objects as it can use at most: three nodes for each level, and a
 * few. The sheaf itself is static and not allocated, because the kernel keeps sheaves ready. */
#define LINUX_MAPLE_SHEAF_CAPACITY 128u
struct slab_sheaf {
  unsigned int size;
  bool used;
  void *objects[LINUX_MAPLE_SHEAF_CAPACITY];
};
extern struct slab_sheaf environment_sheaf;

static inline unsigned int kmem_cache_sheaf_size(struct slab_sheaf *sheaf) { return sheaf->size; }

static inline int kmem_cache_refill_sheaf(struct kmem_cache *cache, gfp_t gfp,
                                          struct slab_sheaf **sheaf_pointer, unsigned int size) {
  struct slab_sheaf *sheaf = *sheaf_pointer;
  if (sheaf->size >= size) return 0;
  if (size > LINUX_MAPLE_SHEAF_CAPACITY) return -ENOMEM;
  if (!kmem_cache_alloc_bulk(cache, gfp, size - sheaf->size, sheaf->objects + sheaf->size))
    return -ENOMEM;
  sheaf->size = size;
  return 0;
}

static inline struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *cache, gfp_t gfp,
                                                          unsigned int size) {
  struct slab_sheaf *sheaf = &environment_sheaf;
  BUG_ON(sheaf->used);
  sheaf->size = 0;
  if (kmem_cache_refill_sheaf(cache, gfp, &sheaf, size) != 0) return NULL;
  sheaf->used = true;
  return sheaf;
}

static inline void kmem_cache_return_sheaf(struct kmem_cache *cache, gfp_t gfp,
                                           struct slab_sheaf *sheaf) {
  (void)gfp;
  kmem_cache_free_bulk(cache, sheaf->size, sheaf->objects);
  sheaf->size = 0;
  sheaf->used = false;
}

static inline void *kmem_cache_alloc_from_sheaf(struct kmem_cache *cache, gfp_t gfp,
                                                struct slab_sheaf *sheaf) {
  (void)cache, (void)gfp;
  /* The tree takes no more objects than it requested, and does not check for NULL. */
  BUG_ON(sheaf->size == 0);
  return sheaf->objects[--sheaf->size];
}

/* The grace period ends with the call; see leave() in linux_maple.c. */
static inline void call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *)) {
  head->function = function;
  head->next = environment.retired;
  environment.retired = head;
}

/* A small number instead of a function is the offset of the head in its object. */
#define kfree_rcu(object, member) \
  call_rcu(&(object)->member, \
           (void (*)(struct rcu_head *))(uintptr_t)offsetof(typeof(*(object)), member))
#define LINUX_MAPLE_IS_OFFSET(function) ((uintptr_t)(function) < 4096)

#endif
