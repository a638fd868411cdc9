/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What the kernel's red-black and interval trees need of the kernel around them. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* No other thread reads a tree while it changes, so plain accesses will do. */
#define READ_ONCE(value) (value)
#define WRITE_ONCE(place, value) ((place) = (value))
#define rcu_assign_pointer(place, value) ((place) = (value))
#define __rcu
#define EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_GPL(name)
#define __always_inline inline __attribute__((always_inline))
#define likely(condition) (condition)
#define unlikely(condition) (condition)
#define container_of(pointer, type, member) \
  ((type *)((char *)(pointer) - offsetof(type, member)))

#endif
