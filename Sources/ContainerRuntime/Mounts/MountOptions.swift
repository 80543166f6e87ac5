internal import LinuxKernel
internal import OCIRuntimeSpec

/// A mount's options, taken apart into what the kernel is asked for in different calls.
///
/// Spec: config.md#linux-mount-options
struct MountOptions: Equatable {
  /// Attributes of this mount: `nosuid`, `ro`, `noatime` …
  var attributes = MountAttributes()
  /// Attributes of this mount and those below it: `rro`, `rnosuid` …
  var recursiveAttributes = MountAttributes()
  /// Propagation types in the listed order: `rprivate`, `shared` …
  var propagation: [Propagation] = []
  /// Flags of the file system itself: `sync`, `lazytime` …
  var fileSystemFlags: [String] = []
  /// `bind` or `rbind`.
  var bind: Bind?
  /// `remount`: change what is mounted there instead of mounting anew.
  var isRemount = false
  /// `idmap` or `ridmap`.
  var idmap: Bind?
  /// `tmpcopyup`: fill a tmpfs with what it covers.
  var copiesUp = false
  /// What nobody here knows: the file system's own options.
  var data: [String] = []

  /// Whether an operation concerns one mount or all below it too.
  enum Bind: Equatable {
    case single, recursive
  }

  /// One change of a mount's propagation type.
  struct Propagation: Equatable {
    var type: UInt64
    var isRecursive: Bool
  }

  /// Sorts the options of one mount.
  init(_ options: [String]) {
    for option in options where !option.isEmpty {
      guard let meaning = MountOptions.table[option] else {
        data.append(option)
        continue
      }
      apply(meaning)
    }
  }

  private mutating func apply(_ meaning: Meaning) {
    switch meaning {
    case .nothing: break
    case .set(let bits): MountOptions.turnOn(bits, in: &attributes)
    case .clear(let bits): MountOptions.turnOff(bits, in: &attributes)
    case .recursiveSet(let bits): MountOptions.turnOn(bits, in: &recursiveAttributes)
    case .recursiveClear(let bits): MountOptions.turnOff(bits, in: &recursiveAttributes)
    case .propagate(let type, let isRecursive):
      propagation.append(Propagation(type: type, isRecursive: isRecursive))
    case .fileSystem(let flag, let opposite):
      fileSystemFlags.removeAll { $0 == opposite || $0 == flag }
      fileSystemFlags.append(flag)
    case .bind(let kind): bind = kind
    case .remount: isRemount = true
    case .idmap(let kind): idmap = kind
    case .copyUp: copiesUp = true
    }
  }

  /// The last option that names a bit wins. The access time is one field of three values, and the
  /// kernel takes a new value only together with an order to clear the whole field.
  private static func turnOn(_ bits: UInt64, in attributes: inout MountAttributes) {
    let isAccessTime = bits & ~MountFlag.accessTime == 0
    attributes.setting &= isAccessTime ? ~MountFlag.accessTime : ~0
    attributes.clearing &= ~bits
    attributes.clearing |= isAccessTime ? MountFlag.accessTime : 0
    attributes.setting |= bits
  }

  private static func turnOff(_ bits: UInt64, in attributes: inout MountAttributes) {
    attributes.setting &= ~bits
    // Without a value of its own the field falls back to relatime, the kernel's default.
    attributes.clearing |= bits & MountFlag.accessTime != 0 ? bits | MountFlag.accessTime : bits
  }
}

/// MOUNT_ATTR_* and MS_* of `<linux/mount.h>`.
enum MountFlag {
  static let readOnly: UInt64 = 0x1
  static let noSUID: UInt64 = 0x2
  static let noDevices: UInt64 = 0x4
  static let noExecution: UInt64 = 0x8
  static let noAccessTime: UInt64 = 0x10
  static let strictAccessTime: UInt64 = 0x20
  /// The whole field; relatime is its value 0.
  static let accessTime: UInt64 = 0x70
  static let noDirectoryAccessTime: UInt64 = 0x80
  static let noSymlinkFollow: UInt64 = 0x20_0000

  static let unbindable: UInt64 = 1 << 17
  static let privateType: UInt64 = 1 << 18
  static let slave: UInt64 = 1 << 19
  static let shared: UInt64 = 1 << 20
}

extension MountOptions {
  /// What an option asks for.
  enum Meaning: Equatable {
    case nothing
    case set(UInt64)
    case clear(UInt64)
    case recursiveSet(UInt64)
    case recursiveClear(UInt64)
    case propagate(UInt64, recursive: Bool)
    case fileSystem(String, opposite: String)
    case bind(Bind)
    case remount
    case idmap(Bind)
    case copyUp
  }

  /// Every option that the spec names, in its order, and a few of mount(8)'s.
  ///
  /// Spec: config.md#linux-mount-options
  static let table: [String: Meaning] = [
    "async": .fileSystem("async", opposite: "sync"),
    "atime": .clear(MountFlag.noAccessTime),
    "bind": .bind(.single),
    "defaults": .nothing,
    "dev": .clear(MountFlag.noDevices),
    "diratime": .clear(MountFlag.noDirectoryAccessTime),
    "dirsync": .fileSystem("dirsync", opposite: ""),
    "exec": .clear(MountFlag.noExecution),
    "iversion": .fileSystem("iversion", opposite: "noiversion"),
    "lazytime": .fileSystem("lazytime", opposite: "nolazytime"),
    "loud": .fileSystem("loud", opposite: "silent"),
    "mand": .fileSystem("mand", opposite: "nomand"),
    "noatime": .set(MountFlag.noAccessTime),
    "nodev": .set(MountFlag.noDevices),
    "nodiratime": .set(MountFlag.noDirectoryAccessTime),
    "noexec": .set(MountFlag.noExecution),
    "noiversion": .fileSystem("noiversion", opposite: "iversion"),
    "nolazytime": .fileSystem("nolazytime", opposite: "lazytime"),
    "nomand": .fileSystem("nomand", opposite: "mand"),
    "norelatime": .clear(MountFlag.accessTime),
    "nostrictatime": .clear(MountFlag.strictAccessTime),
    "nosuid": .set(MountFlag.noSUID),
    "nosymfollow": .set(MountFlag.noSymlinkFollow),
    "private": .propagate(MountFlag.privateType, recursive: false),
    "ratime": .recursiveClear(MountFlag.noAccessTime),
    "rbind": .bind(.recursive),
    "rdev": .recursiveClear(MountFlag.noDevices),
    "rdiratime": .recursiveClear(MountFlag.noDirectoryAccessTime),
    "relatime": .set(0),
    "remount": .remount,
    "rexec": .recursiveClear(MountFlag.noExecution),
    "rnoatime": .recursiveSet(MountFlag.noAccessTime),
    "rnodev": .recursiveSet(MountFlag.noDevices),
    "rnodiratime": .recursiveSet(MountFlag.noDirectoryAccessTime),
    "rnoexec": .recursiveSet(MountFlag.noExecution),
    "rnorelatime": .recursiveClear(MountFlag.accessTime),
    "rnostrictatime": .recursiveClear(MountFlag.strictAccessTime),
    "rnosuid": .recursiveSet(MountFlag.noSUID),
    "rnosymfollow": .recursiveSet(MountFlag.noSymlinkFollow),
    "ro": .set(MountFlag.readOnly),
    "rprivate": .propagate(MountFlag.privateType, recursive: true),
    "rrelatime": .recursiveSet(0),
    "rro": .recursiveSet(MountFlag.readOnly),
    "rrw": .recursiveClear(MountFlag.readOnly),
    "rshared": .propagate(MountFlag.shared, recursive: true),
    "rslave": .propagate(MountFlag.slave, recursive: true),
    "rstrictatime": .recursiveSet(MountFlag.strictAccessTime),
    "rsuid": .recursiveClear(MountFlag.noSUID),
    "rsymfollow": .recursiveClear(MountFlag.noSymlinkFollow),
    "runbindable": .propagate(MountFlag.unbindable, recursive: true),
    "rw": .clear(MountFlag.readOnly),
    "shared": .propagate(MountFlag.shared, recursive: false),
    "silent": .fileSystem("silent", opposite: "loud"),
    "slave": .propagate(MountFlag.slave, recursive: false),
    "strictatime": .set(MountFlag.strictAccessTime),
    "suid": .clear(MountFlag.noSUID),
    "symfollow": .clear(MountFlag.noSymlinkFollow),
    "sync": .fileSystem("sync", opposite: "async"),
    "tmpcopyup": .copyUp,
    "unbindable": .propagate(MountFlag.unbindable, recursive: false),
    "idmap": .idmap(.single),
    "ridmap": .idmap(.recursive),
  ]
}
