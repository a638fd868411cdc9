/* SPDX-License-Identifier: MIT */
/*
 * A reverse map that tracks a superset: one object for each recorded mapping, in two interval
 * trees. The tree of canonical ranges is that of the machine, shared by all its maps.
 *
 *   clang -O1 -g -fPIC -shared -fsanitize=fuzzer-no-link -I Sources/Map/CReverseMap/include \
 *     -o superset.so Plugins/superset/superset.c
 *
 * An object has a canonical range and a nested one of the same size. It is in the tree of the
 * canonical ranges, where unmap looks, and in its map's own tree of nested ones, where invalidate
 * looks. Objects may overlap in both, so nothing is ever unknown: two aliases are two objects.
 * Objects may outlive their mappings. A record makes an object even if there are others for the
 * same bytes, but not if one of them is exactly the same. Without memory it fails, and so does the
 * fault that asked for it, so the map never breaks. Invalidate removes the objects wholly inside
 * its range: of one that reaches beyond it, a part may still be mapped.
 *
 * Plugins/linux-superset compiles the same map on trees of the Linux kernel.
 */
#include "reverse_map.h"

#include <stdlib.h>

enum side { CANONICAL, NESTED, SIDES };

#ifndef SUPERSET_HAS_TREE

#define SUPERSET_NAME "superset"
typedef struct object *tree_root;

/* What an object has in each tree. */
struct link {
  uint64_t first, last;
  uint64_t highest; /* the highest `last` at and below the object */
  struct object *left, *right;
};

#endif

struct machine {
  tree_root canonical;
  uint64_t records; /* of all maps so far */
  size_t count;
};

struct map {
  const struct reverse_map_allocator *allocator;
  const struct reverse_map_host *host;
  struct machine *machine;
  tree_root nested;
  size_t count;
};

struct object {
  struct link in[SIDES];
  struct map *map;
  uint64_t number;     /* of the record that made it */
  struct object *next; /* in a list of `intersecting` */
};

static void insert(tree_root *root, struct object *object, enum side side);
static void take_out(tree_root *root, struct object *object, enum side side);

/* The list of all objects that intersect first...last, by ascending first bytes. It is complete
 * before the caller removes any of them, so no walk runs over a tree that changes. */
static struct object *intersecting(const tree_root *root, uint64_t first, uint64_t last,
                                   enum side side);

/* What is wrong with a tree, or NULL. Adds its objects to `*count`. */
static const char *fault_in(const tree_root *root, enum side side, size_t *count);

/* ---- A tree. ---- */

#ifndef SUPERSET_HAS_TREE

/* A treap. Objects are in the order of their first bytes, and of their numbers if these are the
 * same. An object that was given a higher priority by chance is above a lower one, which keeps the
 * expected height logarithmic. Each object knows the highest last byte at and below it. */

/* Looks random, but is the same in every run. */
static uint64_t priority(const struct object *object) {
  uint64_t bits = (object->number + 1) * 0x9e3779b97f4a7c15ull;
  bits = (bits ^ bits >> 32) * 0xd6e8feb86659fd93ull;
  return bits ^ bits >> 32;
}

static int is_before(const struct object *a, const struct object *b, enum side side) {
  if (a->in[side].first != b->in[side].first) return a->in[side].first < b->in[side].first;
  return a->number < b->number;
}

static uint64_t highest(const struct object *tree, enum side side) {
  return tree == NULL ? 0 : tree->in[side].highest;
}

static void update(struct object *object, enum side side) {
  struct link *link = &object->in[side];
  link->highest = link->last;
  if (highest(link->left, side) > link->highest) link->highest = highest(link->left, side);
  if (highest(link->right, side) > link->highest) link->highest = highest(link->right, side);
}

/* One tree of two; all objects of `left` come before those of `right`. */
static struct object *join(struct object *left, struct object *right, enum side side) {
  if (left == NULL) return right;
  if (right == NULL) return left;
  if (priority(left) > priority(right)) {
    left->in[side].right = join(left->in[side].right, right, side);
    update(left, side);
    return left;
  }
  right->in[side].left = join(left, right->in[side].left, side);
  update(right, side);
  return right;
}

/* Splits `tree` into the objects before `object` and those after it. */
static void split(struct object *tree, const struct object *object, enum side side,
                  struct object **before, struct object **after) {
  if (tree == NULL) {
    *before = *after = NULL;
    return;
  }
  if (is_before(tree, object, side)) {
    *before = tree;
    split(tree->in[side].right, object, side, &tree->in[side].right, after);
  } else {
    *after = tree;
    split(tree->in[side].left, object, side, before, &tree->in[side].left);
  }
  update(tree, side);
}

static void insert(tree_root *root, struct object *object, enum side side) {
  struct object *before, *after;
  split(*root, object, side, &before, &after);
  object->in[side].left = object->in[side].right = NULL;
  update(object, side);
  *root = join(join(before, object, side), after, side);
}

static struct object *without(struct object *tree, const struct object *object, enum side side) {
  struct link *link = &tree->in[side];
  if (tree == object) return join(link->left, link->right, side);
  struct object **child = is_before(object, tree, side) ? &link->left : &link->right;
  *child = without(*child, object, side);
  update(tree, side);
  return tree;
}

static void take_out(tree_root *root, struct object *object, enum side side) {
  *root = without(*root, object, side);
}

/* Appends the objects that intersect first...last to the list that ends at `*end`, in the order of
 * the tree. Returns the new end. */
static struct object **find(struct object *tree, uint64_t first, uint64_t last, enum side side,
                            struct object **end) {
  if (tree == NULL || tree->in[side].highest < first) return end;
  end = find(tree->in[side].left, first, last, side, end);
  if (tree->in[side].first > last) return end;
  if (tree->in[side].last >= first) {
    *end = tree;
    end = &tree->next;
  }
  return find(tree->in[side].right, first, last, side, end);
}

static struct object *intersecting(const tree_root *root, uint64_t first, uint64_t last,
                                   enum side side) {
  struct object *list = NULL;
  *find(*root, first, last, side, &list) = NULL;
  return list;
}

static const char *fault(const struct object *tree, enum side side, size_t *count) {
  if (tree == NULL) return NULL;
  const struct link *link = &tree->in[side];
  const struct object *children[] = {link->left, link->right};
  uint64_t most = link->last;
  ++*count;
  for (int index = 0; index < 2; index++) {
    const struct object *child = children[index];
    if (child == NULL) continue;
    if (priority(child) > priority(tree)) return "an object is below one of lower priority";
    if (is_before(child, tree, side) != (index == 0)) return "an object is on the wrong side";
    if (child->in[side].highest > most) most = child->in[side].highest;
    const char *below = fault(child, side, count);
    if (below != NULL) return below;
  }
  return most == link->highest ? NULL : "the highest last byte is not that of the objects below";
}

static const char *fault_in(const tree_root *root, enum side side, size_t *count) {
  return fault(*root, side, count);
}

#endif

/* ---- The maps of a machine. ---- */

static void *create_machine(void) { return calloc(1, sizeof(struct machine)); }

static void destroy_machine(void *machine) { free(machine); }

static void *create(const struct reverse_map_configuration *configuration) {
  struct map *map = calloc(1, sizeof *map);
  if (map == NULL) return NULL;
  map->allocator = configuration->allocator;
  map->host = configuration->host;
  map->machine = configuration->machine;
  return map;
}

static void drop(struct object *object) {
  struct map *map = object->map;
  take_out(&map->machine->canonical, object, CANONICAL);
  take_out(&map->nested, object, NESTED);
  map->machine->count--;
  map->count--;
  map->allocator->release(map->allocator->context, object, sizeof *object);
}

static void clear(void *handle) {
  struct map *map = handle;
  struct object *next, *object = intersecting(&map->nested, 0, UINT64_MAX, NESTED);
  for (; object != NULL; object = next) {
    next = object->next;
    drop(object);
  }
}

static void destroy(void *handle) {
  clear(handle);
  free(handle);
}

static int record(void *handle, uint64_t start, uint64_t size, uint64_t nested) {
  struct map *map = handle;
  struct machine *machine = map->machine;
  uint64_t last = start + size - 1;
  struct object *object = intersecting(&machine->canonical, start, last, CANONICAL);
  for (; object != NULL; object = object->next) {
    const struct link *in = object->in;
    if (object->map == map && in[CANONICAL].first == start && in[CANONICAL].last == last &&
        in[NESTED].first == nested)
      return REVERSE_MAP_UNCHANGED;
  }
  object = map->allocator->allocate(map->allocator->context, sizeof *object, _Alignof(uint64_t));
  if (object == NULL) return REVERSE_MAP_FAILED;
  object->in[CANONICAL] = (struct link){.first = start, .last = last};
  object->in[NESTED] = (struct link){.first = nested, .last = nested + size - 1};
  object->map = map;
  object->number = machine->records++;
  insert(&machine->canonical, object, CANONICAL);
  insert(&map->nested, object, NESTED);
  machine->count++;
  map->count++;
  return REVERSE_MAP_STORED;
}

static int query(const void *handle, uint64_t start, uint64_t size,
                 struct reverse_map_range *ranges, size_t capacity, size_t *count) {
  const struct map *map = handle;
  const struct object *object =
      intersecting(&map->machine->canonical, start, start + size - 1, CANONICAL);
  for (; object != NULL; object = object->next) {
    const struct link *nested = &object->in[NESTED];
    if (object->map != map) continue;
    if (*count == capacity) return REVERSE_MAP_EVERYTHING;
    ranges[*count].start = nested->first;
    ranges[*count].size = nested->last - nested->first + 1;
    ++*count;
  }
  return REVERSE_MAP_RANGES;
}

/* The first object of a list that is not before a canonical address and a number, and that belongs
 * to a map which is asked; or NULL. */
static struct object *next_asked(struct object *object, uint64_t first, uint64_t number,
                                 const struct reverse_map_answer *answers, size_t count) {
  for (; object != NULL; object = object->next) {
    uint64_t begins = object->in[CANONICAL].first;
    if (begins < first || (begins == first && object->number < number)) continue;
    for (size_t index = 0; index < count; index++)
      if (answers[index].map == object->map) return object;
  }
  return NULL;
}

/* Unmaps each object's nested range, and removes the object after that: as long as something is
 * mapped there, another unmap has to find it. The host gives up its lock meanwhile. So when it
 * returns, the object may be gone, and the next one too; both are looked up again. What lies in the
 * nested range by then may be new, and stays. */
static void unmap_machine(void *handle, uint64_t start, uint64_t size,
                          struct reverse_map_answer *answers, size_t count) {
  struct machine *machine = handle;
  uint64_t end = start + size - 1, from = 0, number = 0;
  for (;;) {
    struct object *object = next_asked(intersecting(&machine->canonical, start, end, CANONICAL),
                                       from, number, answers, count);
    if (object == NULL) break;
    struct map *map = object->map;
    uint64_t first = object->in[NESTED].first, last = object->in[NESTED].last;
    from = object->in[CANONICAL].first;
    number = object->number;
    map->host->unmap_nested(map->host->context, first, last - first + 1);
    object = intersecting(&map->nested, first, last, NESTED);
    while (object != NULL && object->number != number) object = object->next;
    if (object != NULL) drop(object);
    number++;
  }
}

static int invalidate(void *handle, uint64_t start, uint64_t size) {
  struct map *map = handle;
  uint64_t last = start + size - 1;
  struct object *next, *object = intersecting(&map->nested, start, last, NESTED);
  for (; object != NULL; object = next) {
    next = object->next;
    if (object->in[NESTED].first >= start && object->in[NESTED].last <= last) drop(object);
  }
  return REVERSE_MAP_DONE;
}

static size_t entries(const void *handle, struct reverse_map_entry *entries, size_t capacity) {
  const struct map *map = handle;
  const struct object *object = intersecting(&map->machine->canonical, 0, UINT64_MAX, CANONICAL);
  for (size_t index = 0; object != NULL && index < capacity; object = object->next) {
    const struct link *in = object->in;
    if (object->map != map) continue;
    entries[index++] = (struct reverse_map_entry){
        .first = in[CANONICAL].first, .last = in[CANONICAL].last, .nested = in[NESTED].first};
  }
  return map->count;
}

static const char *check(const void *handle) {
  const struct map *map = handle;
  size_t canonical = 0, nested = 0;
  const char *fault = fault_in(&map->machine->canonical, CANONICAL, &canonical);
  if (fault == NULL) fault = fault_in(&map->nested, NESTED, &nested);
  if (fault != NULL) return fault;
  if (canonical != map->machine->count || nested != map->count)
    return "an object is not in both trees";
  return NULL;
}

const struct reverse_map_interface reverse_map_interface = {
    .version = REVERSE_MAP_VERSION,
    .size = sizeof(struct reverse_map_interface),
    .flags = REVERSE_MAP_SUPERSET | REVERSE_MAP_MAY_FAIL,
    .name = SUPERSET_NAME,
    .create_machine = create_machine,
    .destroy_machine = destroy_machine,
    .create = create,
    .destroy = destroy,
    .record = record,
    .unmap_machine = unmap_machine,
    .query = query,
    .clear = clear,
    .invalidate = invalidate,
    .entries = entries,
    .check = check,
};
