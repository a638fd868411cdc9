/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The map of Plugins/superset on the kernel's own interval trees, unmodified.
 */
#include "environment.h"

#include <linux/interval_tree.h>

#include "interval_tree.c"
#include "rbtree.c"

#include <stdint.h>

/* What Plugins/superset takes in place of its own tree. */
#define SUPERSET_HAS_TREE
#define SUPERSET_NAME "linux-superset"
typedef struct rb_root_cached tree_root;
struct link {
  uint64_t first, last;
  struct interval_tree_node node;
};

#include "../superset/superset.c"

static void insert(tree_root *root, struct object *object, enum side side) {
  struct link *link = &object->in[side];
  link->node.start = link->first;
  link->node.last = link->last;
  interval_tree_insert(&link->node, root);
}

static void take_out(tree_root *root, struct object *object, enum side side) {
  interval_tree_remove(&object->in[side].node, root);
}

static struct object *object_of(struct interval_tree_node *node, enum side side) {
  return (struct object *)((char *)node - offsetof(struct object, in[0].node) -
                           side * sizeof(struct link));
}

static struct object *intersecting(const tree_root *root, uint64_t first, uint64_t last,
                                   enum side side) {
  struct object *list = NULL, **end = &list;
  struct interval_tree_node *node = interval_tree_iter_first((tree_root *)root, first, last);
  for (; node != NULL; node = interval_tree_iter_next(node, first, last)) {
    *end = object_of(node, side);
    end = &(*end)->next;
  }
  *end = NULL;
  return list;
}

/* Adds the objects at and below `node` to `*count`, and sets `*highest` to their highest last byte.
 * Returns the number of black nodes on each path from it down, or -1 if something is wrong. */
static int check_below(const struct rb_node *node, size_t *count, uint64_t *highest) {
  *highest = 0;
  if (node == NULL) return 1;
  const struct interval_tree_node *here = rb_entry(node, struct interval_tree_node, rb);
  const struct rb_node *children[] = {node->rb_left, node->rb_right};
  int blacks[2];
  *highest = here->last;
  ++*count;
  for (int index = 0; index < 2; index++) {
    const struct rb_node *child = children[index];
    uint64_t below;
    blacks[index] = check_below(child, count, &below);
    if (below > *highest) *highest = below;
    if (child == NULL) continue;
    uint64_t start = rb_entry(child, struct interval_tree_node, rb)->start;
    if (index == 0 ? start > here->start : start < here->start) return -1;
    if (rb_parent(child) != node || (rb_is_red(node) && rb_is_red(child))) return -1;
  }
  if (blacks[0] < 0 || blacks[0] != blacks[1] || *highest != here->__subtree_last) return -1;
  return blacks[0] + rb_is_black(node);
}

static const char *fault_in(const tree_root *root, enum side side, size_t *count) {
  (void)side;
  uint64_t highest;
  if (check_below(root->rb_root.rb_node, count, &highest) < 0)
    return "a tree is out of order, not balanced, or has a wrong __subtree_last";
  return rb_first(&root->rb_root) == root->rb_leftmost ? NULL : "rb_leftmost is not the first node";
}
