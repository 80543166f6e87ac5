"""Translates the seccomp section of a config.json into the kernel's instructions, with libseccomp."""

import ctypes
import ctypes.util
import errno
import os
import struct
import tempfile

ACTIONS = {
    "SCMP_ACT_KILL": 0x00000000,
    "SCMP_ACT_KILL_THREAD": 0x00000000,
    "SCMP_ACT_KILL_PROCESS": 0x80000000,
    "SCMP_ACT_TRAP": 0x00030000,
    "SCMP_ACT_ERRNO": 0x00050000,
    "SCMP_ACT_LOG": 0x7ffc0000,
    "SCMP_ACT_ALLOW": 0x7fff0000,
}
COMPARISONS = {"SCMP_CMP_NE": 1, "SCMP_CMP_LT": 2, "SCMP_CMP_LE": 3, "SCMP_CMP_EQ": 4, "SCMP_CMP_GE": 5,
               "SCMP_CMP_GT": 6, "SCMP_CMP_MASKED_EQ": 7}
UNKNOWN_SYSTEM_CALL = -1


class Comparison(ctypes.Structure):
    """libseccomp's struct scmp_arg_cmp."""

    _fields_ = [("index", ctypes.c_uint), ("operator", ctypes.c_int),
                ("first", ctypes.c_uint64), ("second", ctypes.c_uint64)]


class FilterError(Exception):
    """The section cannot be translated."""


def instructions(section):
    """The filter as a list of (code, true, false, k)."""
    library = _library()
    default = _action(section["defaultAction"], section.get("defaultErrnoRet"))
    context = ctypes.c_void_p(library.seccomp_init(default))
    if not context:
        raise FilterError("seccomp_init failed")
    try:
        for name in section.get("architectures", []):
            token = library.seccomp_arch_resolve_name(name.removeprefix("SCMP_ARCH_").lower().encode())
            _need(library.seccomp_arch_add(context, token), name, allowed=(errno.EEXIST,))
        for rule in section.get("syscalls", []):
            _add_rule(library, context, rule, default)
        return _export(library, context)
    finally:
        library.seccomp_release(context)


def _add_rule(library, context, rule, default):
    action = _action(rule["action"], rule.get("errnoRet"))
    if action == default:
        return
    comparisons = rule.get("args") or []
    array = (Comparison * len(comparisons))(*(
        Comparison(c["index"], COMPARISONS[c["op"]], c["value"], c.get("valueTwo", 0)) for c in comparisons))
    for name in rule["names"]:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number == UNKNOWN_SYSTEM_CALL:
            continue
        # Two rules for one system call: the first one counts.
        _need(library.seccomp_rule_add_array(context, action, number, len(comparisons), array), name,
              allowed=(errno.EEXIST, errno.EDOM))


def _export(library, context):
    with tempfile.TemporaryFile() as file:
        _need(library.seccomp_export_bpf(context, file.fileno()), "seccomp_export_bpf")
        size = os.fstat(file.fileno()).st_size
        return list(struct.iter_unpack("=HBBI", os.pread(file.fileno(), size, 0)))


def _action(name, number):
    value = ACTIONS[name]
    return value | (errno.EPERM if number is None else number) if name == "SCMP_ACT_ERRNO" else value


def _need(result, what, allowed=()):
    if result < 0 and -result not in allowed:
        raise FilterError("%s: %s" % (what, os.strerror(-result)))


def _library():
    name = ctypes.util.find_library("seccomp")
    if name is None:
        raise FilterError("there is no libseccomp")
    library = ctypes.CDLL(name)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_release.argtypes = [ctypes.c_void_p]
    library.seccomp_arch_resolve_name.restype = ctypes.c_uint32
    library.seccomp_arch_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    library.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
                                               ctypes.POINTER(Comparison)]
    library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return library
