internal import CLinux
internal import Glibc

/// RESOLVE_* flags of openat2(2).
public enum ResolveFlags {
  /// Never cross a mount point.
  public static let noCrossing: UInt64 = 0x01
  /// Refuse links such as /proc/self/fd/3.
  public static let noMagicLinks: UInt64 = 0x02
  /// Refuse all symbolic links.
  public static let noSymlinks: UInt64 = 0x04
  /// Refuse to leave the directory.
  public static let beneath: UInt64 = 0x08
  /// Treat the directory as the root.
  public static let inRoot: UInt64 = 0x10
}

/// O_* flags that the C library's module lacks.
public enum OpenFlags {
  /// O_PATH: a place in the tree, not its contents.
  public static let path: CInt = 0o10000000
  /// O_TMPFILE: a new file in a directory, without a name.
  public static let unnamed: CInt = 0o20000000 | O_DIRECTORY
}

/// Magic numbers of file systems. statfs(2)
public enum FileSystemMagic {
  /// PROC_SUPER_MAGIC
  public static let proc = 0x9fa0
  /// SYSFS_MAGIC
  public static let sysfs = 0x6265_6572
  /// MQUEUE_MAGIC
  public static let mqueue = 0x1980_0202
  /// DEVPTS_SUPER_MAGIC
  public static let devpts = 0x1cd1
  /// TMPFS_MAGIC
  public static let tmpfs = 0x0102_1994
  /// CGROUP2_SUPER_MAGIC
  public static let cgroup2 = 0x6367_7270
  /// RDTGROUP_SUPER_MAGIC
  public static let resctrl = 0x0765_5821
}
