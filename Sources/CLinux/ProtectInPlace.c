// Where the program starts, before the C library: `program_entry` is the ELF file's entry point.
//
// Here its file is exchanged for the same file on a detached read-only mount (ProtectProgram.c says why): every
// segment is mapped anew from there, and the kernel is told that this is the program now. Nothing has been
// written to the segments yet, so nothing is lost. Executing the program once more does the same, and costs as much
// as starting it; it is what the constructor in ProtectProgram.c does if this is not possible.
//
// Without a C library there is no errno, and no call of a function outside this file.
#define _GNU_SOURCE
#include "CLinux.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <linux/prctl.h>
#include <sys/mman.h>
#include <sys/statfs.h>

#define PAGE 4096ul
#define ST_RDONLY_FLAG 1
#define BARE __attribute__((no_builtin, no_stack_protector, no_sanitize("all")))

static const char program[] = "/proc/self/exe";

#if defined(__x86_64__)
// The stack's first word is the number of arguments. The registers that the C library's start looks at are kept.
__asm__(".text\n"
        ".globl program_entry\n"
        ".type program_entry, @function\n"
        "program_entry:\n"
        "  endbr64\n"
        "  mov %rsp, %rbx\n"
        "  mov %rdx, %r12\n"
        "  mov %rsp, %rdi\n"
        "  and $-16, %rsp\n"
        "  call protect_in_place\n"
        "  mov %r12, %rdx\n"
        "  mov %rbx, %rsp\n"
        "  xor %ebp, %ebp\n"
        "  jmp _start\n"
        ".size program_entry, . - program_entry\n");

BARE static long call(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
__asm__(".text\n"
        ".globl program_entry\n"
        ".type program_entry, @function\n"
        "program_entry:\n"
        "  mov x19, x0\n"
        "  mov x0, sp\n"
        "  bl protect_in_place\n"
        "  mov x0, x19\n"
        "  b _start\n"
        ".size program_entry, . - program_entry\n");

BARE static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc #0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory", "cc");
  return x0;
}
#endif

/// What the kernel put on the stack.
struct given {
  long count;
  char **words;
  char **variables;
  const ElfW(auxv_t) *auxiliary;
  long stack;
};

BARE static int is_equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

BARE static struct given read_stack(long *stack) {
  struct given given = {.count = stack[0], .words = (char **)(stack + 1), .stack = (long)stack};
  given.variables = given.words + given.count + 1;
  char **end = given.variables;
  while (*end) end++;
  given.auxiliary = (const ElfW(auxv_t) *)(end + 1);
  return given;
}

/// Whether the command line names a command that brings this process near a container.
BARE static int meets_containers(const struct given *given) {
  for (long i = 1; i < given->count; i++) {
    const char *word = given->words[i];
    if (is_equal(word, "create") || is_equal(word, "run") || is_equal(word, "exec") || is_equal(word, "restore"))
      return 1;
  }
  return 0;
}

/// Whether the file is on a read-only mount as it is.
BARE static int is_protected(void) {
  struct statfs status;
  return call(__NR_statfs, (long)program, (long)&status, 0, 0, 0, 0) == 0 && status.f_flags & ST_RDONLY_FLAG;
}

/// The program's file, opened through a detached read-only mount of it; or an error.
BARE static long open_read_only(void) {
  long mount = call(__NR_open_tree, AT_FDCWD, (long)program, OPEN_TREE_CLONE | O_CLOEXEC, 0, 0, 0);
  if (mount < 0) return mount;
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};
  long file = call(__NR_mount_setattr, mount, (long)"", AT_EMPTY_PATH, (long)&attributes, sizeof attributes, 0);
  if (file == 0) {
    char path[] = "/proc/self/fd/00000";
    for (long digit = sizeof path - 2, rest = mount; digit >= (long)sizeof path - 6; digit--, rest /= 10)
      path[digit] = (char)('0' + rest % 10);
    // The kernel takes no leading zeros.
    char *from = path + sizeof path - 6, *to = from;
    while (*from == '0' && from[1]) from++;
    do *to++ = *from; while (*from++);
    file = call(__NR_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
  }
  call(__NR_close, mount, 0, 0, 0, 0, 0);
  return file;
}

/// Maps a segment from `file` over itself.
BARE static int map_again(long base, const ElfW(Phdr) *segment, long file) {
  long start = base + (long)segment->p_vaddr, end = start + (long)segment->p_filesz;
  long page = start & -(long)PAGE;
  long protection = (segment->p_flags & PF_R ? PROT_READ : 0) | (segment->p_flags & PF_W ? PROT_WRITE : 0) |
    (segment->p_flags & PF_X ? PROT_EXEC : 0);
  long offset = (long)segment->p_offset - (start - page);
  if (call(__NR_mmap, page, end - page, protection, MAP_PRIVATE | MAP_FIXED, file, offset) != page) return 0;
  // Behind the file's bytes its last page holds zeros, where variables begin.
  if (segment->p_memsz > segment->p_filesz && segment->p_flags & PF_W)
    for (volatile char *byte = (char *)end; (long)byte & (long)(PAGE - 1); byte++) *byte = 0;
  return 1;
}

/// What the kernel is told of the program: all as it was, but for the file.
BARE static struct prctl_mm_map description(const struct given *given, long file) {
  char **last = given->variables;
  while (*last && last[1]) last++;
  char *end = *last ? *last : given->words[given->count - 1];
  while (*end++) {}
  long words = (long)given->words[0], variables = *given->variables ? (long)*given->variables : (long)end;
  long heap = call(__NR_brk, 0, 0, 0, 0, 0, 0);
  return (struct prctl_mm_map){
    .start_brk = (uint64_t)heap, .brk = (uint64_t)heap, .start_stack = (uint64_t)given->stack,
    .arg_start = (uint64_t)words, .arg_end = (uint64_t)variables,
    .env_start = (uint64_t)variables, .env_end = (uint64_t)end, .exe_fd = (uint32_t)file};
}

BARE static void exchange(const struct given *given, long file) {
  const ElfW(Phdr) *headers = 0;
  long count = 0, base = 0;
  for (const ElfW(auxv_t) *value = given->auxiliary; value->a_type != AT_NULL; value++) {
    if (value->a_type == AT_PHDR) headers = (const ElfW(Phdr) *)value->a_un.a_val;
    if (value->a_type == AT_PHNUM) count = (long)value->a_un.a_val;
    if (value->a_type == AT_PAGESZ && value->a_un.a_val != PAGE) return;
  }
  for (long i = 0; i < count; i++)
    if (headers[i].p_type == PT_PHDR) base = (long)headers - (long)headers[i].p_vaddr;
  struct prctl_mm_map map = description(given, file);
  for (long i = 0; i < count; i++) {
    if (headers[i].p_type != PT_LOAD) continue;
    if (!map_again(base, &headers[i], file)) return;
    long start = base + (long)headers[i].p_vaddr, end = start + (long)headers[i].p_filesz;
    if (headers[i].p_flags & PF_X) map.start_code = (uint64_t)start, map.end_code = (uint64_t)end;
    if (headers[i].p_flags & PF_W) {
      if (!map.start_data) map.start_data = (uint64_t)start;
      map.end_data = (uint64_t)end;
    }
  }
  // If it fails, the program still is the file that it was, and the constructor sees that.
  call(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, (long)&map, sizeof map, 0, 0);
}

BARE __attribute__((used)) void protect_in_place(long *stack) {
  struct given given = read_stack(stack);
  if (!meets_containers(&given) || call(__NR_geteuid, 0, 0, 0, 0, 0, 0) != 0 || is_protected()) return;
  long file = open_read_only();
  if (file < 0) return;
  exchange(&given, file);
  call(__NR_close, file, 0, 0, 0, 0, 0);
}
