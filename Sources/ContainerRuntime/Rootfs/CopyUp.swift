internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

extension MountTree {
  /// `tmpcopyup`: copies what a tmpfs is about to cover into it. Spec: config.md#linux-mount-options
  ///
  /// The tree is the image's: links are copied, never followed.
  func copyUp(from covered: CInt, to mount: CInt) throws(RuntimeError) {
    let source = try Kernel.open(".", at: covered, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    let target = try Kernel.open(".", at: mount, flags: O_RDONLY | O_DIRECTORY)
    try copyContents(of: source.number, to: target.number)
  }

  private func copyContents(of source: CInt, to target: CInt) throws(RuntimeError) {
    for name in try Kernel.list(".", at: source) {
      guard let entry = try Kernel.stat(name, at: source) else { continue }
      let mode = entry.st_mode & 0o7777
      switch entry.st_mode & S_IFMT {
      case S_IFDIR:
        try Kernel.makeDirectory(name, at: target, mode: mode)
        let from = try Kernel.open(name, at: source, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let to = try Kernel.open(name, at: target, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try copyContents(of: from.number, to: to.number)
        try Kernel.changeOwner(to.number, uid: entry.st_uid, gid: entry.st_gid)
        try Kernel.changeMode(to.number, mode: mode)
      case S_IFREG:
        let from = try Kernel.open(name, at: source, flags: O_RDONLY | O_NOFOLLOW)
        let to = try Kernel.open(
          name, at: target, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        try Kernel.copyContents(from: from.number, to: to.number)
        try Kernel.changeOwner(to.number, uid: entry.st_uid, gid: entry.st_gid)
        try Kernel.changeMode(to.number, mode: mode)
      case S_IFLNK:
        try Kernel.makeSymbolicLink(name, at: target, target: try Kernel.readLink(name, at: source))
        let link = try Kernel.open(name, at: target, flags: OpenFlags.path | O_NOFOLLOW)
        try Kernel.changeOwner(link.number, uid: entry.st_uid, gid: entry.st_gid)
      default:
        try Kernel.makeNode(name, at: target, mode: entry.st_mode, device: UInt64(entry.st_rdev))
        let node = try Kernel.open(name, at: target, flags: OpenFlags.path | O_NOFOLLOW)
        try Kernel.changeOwner(node.number, uid: entry.st_uid, gid: entry.st_gid)
      }
    }
  }
}
