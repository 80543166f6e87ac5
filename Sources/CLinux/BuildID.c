#define _GNU_SOURCE
#include "CLinux.h"

#include <link.h>
#include <string.h>

static int find_build_id(struct dl_phdr_info *object, size_t size, void *result) {
  (void)size;
  struct { const uint8_t *start; long count; } *found = result;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    if (object->dlpi_phdr[i].p_type != PT_NOTE) continue;
    const char *note = (const char *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
    const char *end = note + object->dlpi_phdr[i].p_memsz;
    while (end - note >= (long)sizeof(ElfW(Nhdr))) {
      const ElfW(Nhdr) *header = (const ElfW(Nhdr) *)note;
      const char *name = note + sizeof *header;
      const char *value = name + ((header->n_namesz + 3) & ~3u);
      if (header->n_type == NT_GNU_BUILD_ID && header->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
        found->start = (const uint8_t *)value;
        found->count = (long)header->n_descsz;
        return 1;
      }
      note = value + ((header->n_descsz + 3) & ~3u);
    }
  }
  // Behind the first object are libraries, where there are any.
  return 1;
}

long linux_build_id(const uint8_t **start) {
  struct { const uint8_t *start; long count; } found = {0};
  dl_iterate_phdr(find_build_id, &found);
  *start = found.start;
  return found.count;
}
