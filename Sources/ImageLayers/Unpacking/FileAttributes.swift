internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// Owner, attributes and mode, in this order: a change of the owner takes away the set-user-ID bit and file
/// capabilities.
///
/// Spec: layer.md#file-attributes
extension Unpacker {
  /// Of a regular file or a directory that is open.
  func setAttributes(_ entry: TarEntry, descriptor: CInt) throws(RuntimeError) {
    if options.keepsOwners { try Kernel.changeOwner(descriptor, uid: entry.uid, gid: entry.gid) }
    for attribute in entry.attributes where try isWanted(attribute.name) {
      try orLeaveOut(attribute.name, of: entry) { () throws(RuntimeError) in
        try Kernel.setAttribute(RawName(bytes: attribute.name), value: attribute.value, of: descriptor)
      }
    }
    try Kernel.changeMode(descriptor, mode: mode(of: entry))
  }

  /// Of anything else, which this process has just made.
  func setAttributes(_ entry: TarEntry, name: RawName, at directory: CInt) throws(RuntimeError) {
    if options.keepsOwners {
      try Kernel.changeOwner(name, at: directory, uid: entry.uid, gid: entry.gid)
    }
    for attribute in entry.attributes where try isWanted(attribute.name) {
      try orLeaveOut(attribute.name, of: entry) { () throws(RuntimeError) in
        try Kernel.setAttribute(
          RawName(bytes: attribute.name), value: attribute.value, of: name, at: directory)
      }
    }
    if entry.kind != .symbolicLink { try Kernel.changeMode(name, at: directory, mode: mode(of: entry)) }
    try Kernel.changeTime(name, at: directory, to: entry.modified)
  }

  /// A file that is the caller's instead of its owner's must not give others the caller's rights.
  private func mode(of entry: TarEntry) -> UInt32 {
    options.keepsOwners ? entry.mode : entry.mode & ~0o6000
  }

  /// Whether an attribute is to be set. Those of overlayfs would redirect it to other places once the layer is
  /// mounted; only root may set those that are not a user's.
  ///
  /// - Throws: `hostileLayer` for overlayfs's own.
  private func isWanted(_ name: [UInt8]) throws(RuntimeError) -> Bool {
    for prefix in ["trusted.overlay.", "user.overlay."] where name.starts(with: prefix.utf8) {
      throw RuntimeError(
        .hostileLayer, "the attribute \(quoted(String(decoding: name, as: UTF8.self))) is overlayfs's own")
    }
    guard !name.isEmpty, name.count <= 255, !name.contains(0) else {
      throw RuntimeError(
        .hostileLayer, "the attribute name \(quoted(String(decoding: name, as: UTF8.self))) is none")
    }
    return options.keepsOwners || name.starts(with: "user.".utf8)
  }

  /// Whether something that the kernel refused may be missing: to root of a user namespace, who cannot do all that a
  /// layer may ask for.
  func mayLeaveOut(_ error: RuntimeError) -> Bool {
    error.errno == .notPermitted && Caller.person != nil && options.leftOut != nil
  }

  /// Sets an attribute, if that is possible.
  private func orLeaveOut(
    _ name: [UInt8], of entry: TarEntry, _ body: () throws(RuntimeError) -> Void
  ) throws(RuntimeError) {
    do throws(RuntimeError) {
      try body()
    } catch let error where mayLeaveOut(error) {
      let shown = printable(String(decoding: name, as: UTF8.self))
      options.leftOut?(
        "\(entry.shownPath): the attribute \(shown), which only the host's root can set, is left out")
    }
  }
}
