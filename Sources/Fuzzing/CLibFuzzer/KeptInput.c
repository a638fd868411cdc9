// Keeps the input that runs in a file, for a process that cannot save it: one that is killed, that
// hangs in its last words, or whose library ends it with `_exit`.
//
// The file is mapped, so keeping an input is a copy in memory. The system writes the file even if
// the process is killed. It has two slots, so a process that is killed during the copy leaves the
// input before. The process holds a lock on the file; a file without a lock belongs to a process
// that is gone.

#include "CLibFuzzer.h"
#include "Parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

enum { slots = 2, most_bytes = 1 << 16 };

struct kept {
  uint64_t magic;
  // The slot of the current input.
  uint64_t current;
  uint64_t sizes[slots];
  uint8_t inputs[slots][most_bytes];
};

static const uint64_t magic = 0x3174757066766572;

// Used without a file.
static struct kept in_memory;
static struct kept *kept = &in_memory;
static char path_of_file[4096];

struct kept_input current_input(void) {
  size_t slot = kept->current & 1;
  return (struct kept_input){kept->inputs[slot], kept->sizes[slot]};
}

void keep_input(const void *data, size_t size) {
  size_t slot = ~kept->current & 1;
  // A larger input cannot come from our mutators. It is then libFuzzer's to save.
  kept->sizes[slot] = size <= most_bytes ? size : 0;
  if (kept->sizes[slot] > 0) memcpy(kept->inputs[slot], data, size);
  __atomic_store_n(&kept->current, slot, __ATOMIC_RELEASE);
}

void forget_inputs(void) {
  if (path_of_file[0] != 0) unlink(path_of_file);
}

// Splits a prefix into the folder, with its slash, and the beginning of the names of files.
static const char *split(const char *prefix, struct text *folder) {
  const char *slash = strrchr(prefix, '/');
  const char *name = slash == NULL ? prefix : slash + 1;
  folder->length = 0;
  folder->bytes[0] = 0;
  for (const char *next = prefix; next < name; next++) add_character(folder, *next);
  if (slash == NULL) add(folder, "./");
  return name;
}

// The middle of the name of a file: a full stop, the name's prefix, this word, a process ID.
static const char running[] = "running-";

void keep_inputs(const char *prefix) {
  static struct text path;
  const char *name = split(prefix, &path);
  add(&path, ".");
  add(&path, name);
  add(&path, running);
  add_number(&path, (uint64_t)getpid());
  if (path.length >= sizeof path_of_file) return;
  // Without O_TRUNC: a file of this name may belong to a dead process that had the same ID.
  int file = open(path.bytes, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return;
  struct kept *map = MAP_FAILED;
  if (flock(file, LOCK_EX | LOCK_NB) == 0 && ftruncate(file, sizeof *map) == 0)
    map = mmap(NULL, sizeof *map, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (map == MAP_FAILED) {
    unlink(path.bytes);
    close(file);
    return;
  }
  // The descriptor stays open, because it holds the lock.
  map->magic = magic;
  kept = map;
  // Absolute, because a library may change the folder.
  if (path.bytes[0] != '/' && getcwd(path_of_file, sizeof path_of_file) != NULL &&
      strlen(path_of_file) + path.length + 2 < sizeof path_of_file)
    strcat(path_of_file, "/");
  else
    path_of_file[0] = 0;
  strcat(path_of_file, path.bytes);
}

// Saves the current input of the file, if its process is gone, and deletes the file.
static bool recover(const char *name, struct text *saved) {
  int file = open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  struct stat status;
  bool is_saved = false;
  static struct kept found;
  if (flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &status) == 0) {
    if (status.st_size == sizeof found && read(file, &found, sizeof found) == sizeof found &&
        found.magic == magic) {
      size_t slot = found.current & 1;
      size_t size = found.sizes[slot];
      is_saved = size > 0 && size <= most_bytes && save(saved, "killed-", found.inputs[slot], size);
    }
    if (is_saved || found.sizes[found.current & 1] == 0) unlink(name);
  }
  close(file);
  return is_saved;
}

unsigned recover_inputs(const char *prefix, void (*report)(const char *path)) {
  static struct text folder, name, saved;
  const char *beginning = split(prefix, &folder);
  name.length = 0;
  add(&name, ".");
  add(&name, beginning);
  add(&name, running);
  unsigned count = 0;
  DIR *files = opendir(folder.bytes);
  if (files == NULL) return 0;
  for (struct dirent *entry; (entry = readdir(files)) != NULL;) {
    if (strncmp(entry->d_name, name.bytes, name.length) != 0) continue;
    struct text path = folder;
    add(&path, entry->d_name);
    if (!recover(path.bytes, &saved)) continue;
    count++;
    report(saved.bytes);
  }
  closedir(files);
  return count;
}

#pragma clang attribute pop
