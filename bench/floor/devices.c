// Device rules of cgroup v2: an eBPF program that the kernel asks at each opening of a device.

#include "floor.h"

#include <linux/bpf.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ALL = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE };
enum { MOST_RULES = 64, LONGEST_RULE = 9, HEAD = 6 };

static struct bpf_insn program[HEAD + MOST_RULES * LONGEST_RULE + 2];
static size_t length;

static void emit(uint8_t code, uint8_t to, uint8_t from, int16_t offset, int32_t value) {
  program[length++] =
      (struct bpf_insn){.code = code, .dst_reg = to, .src_reg = from, .off = offset, .imm = value};
}

// r2: type, r3: access, r4: major, r5: minor.
static void emit_head(void) {
  const int kind = offsetof(struct bpf_cgroup_dev_ctx, access_type);
  emit(BPF_LDX | BPF_W | BPF_MEM, 2, 1, kind, 0);
  emit(BPF_ALU | BPF_MOV | BPF_X, 3, 2, 0, 0);
  emit(BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff);
  emit(BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16);
  emit(BPF_LDX | BPF_W | BPF_MEM, 4, 1, offsetof(struct bpf_cgroup_dev_ctx, major), 0);
  emit(BPF_LDX | BPF_W | BPF_MEM, 5, 1, offsetof(struct bpf_cgroup_dev_ctx, minor), 0);
}

static bool fits_all(const struct device_rule *rule) {
  return rule->type == 'a' && rule->access == ALL && rule->major < 0 && rule->minor < 0;
}

static void emit_rule(const struct device_rule *rule) {
  size_t start = length;
  if (rule->type != 'a') {
    int type = rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
    emit(BPF_JMP | BPF_JNE | BPF_K, 2, 0, 0, type);
  }
  if (rule->access != ALL) {
    emit(BPF_ALU | BPF_MOV | BPF_X, 1, 3, 0, 0);
    emit(BPF_ALU | BPF_AND | BPF_K, 1, 0, 0, rule->access);
    emit(BPF_JMP | BPF_JNE | BPF_X, 1, 3, 0, 0);
  }
  if (rule->major >= 0) emit(BPF_JMP | BPF_JNE | BPF_K, 4, 0, 0, rule->major);
  if (rule->minor >= 0) emit(BPF_JMP | BPF_JNE | BPF_K, 5, 0, 0, rule->minor);
  emit(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, rule->allow);
  emit(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  // A rule that does not fit hands on to the next one.
  for (size_t at = start; at < length; at++)
    if (BPF_CLASS(program[at].code) == BPF_JMP && BPF_OP(program[at].code) == BPF_JNE)
      program[at].off = length - at - 1;
}

void attach_device_filter(int cgroup) {
  if (!bundle.device_rule_count) return;
  emit_head();
  // The last rule that fits decides; one that fits all ends the program, which may have no dead code.
  bool closed = false;
  for (size_t left = bundle.device_rule_count; left > 0 && !closed; left--) {
    emit_rule(&bundle.device_rules[left - 1]);
    closed = fits_all(&bundle.device_rules[left - 1]);
  }
  if (!closed) emit_rule(&(struct device_rule){.type = 'a', .access = ALL, .major = -1, .minor = -1});
  union bpf_attr load = {
      .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
      .insns = (uintptr_t)program,
      .insn_cnt = length,
      .license = (uintptr_t) "Dual BSD/GPL",
  };
  int loaded = need(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load), "bpf: load");
  union bpf_attr attach = {
      .target_fd = cgroup,
      .attach_bpf_fd = loaded,
      .attach_type = BPF_CGROUP_DEVICE,
      .attach_flags = BPF_F_ALLOW_MULTI,
  };
  need(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach), "bpf: attach");
  close(loaded);
}
