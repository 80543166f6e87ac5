internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// A file system of the kernel's that the host has mounted, in place of a new one that the kernel refuses.
///
/// A new one belongs to a namespace, and only who has all rights over that may make it. Where the container
/// shares the namespace, the host's shows nothing else.
struct HostFileSystem {
  let type: String
  let path: String
  private let magic: Int
  /// Bits that it gets whatever is configured.
  private let attributes: UInt64

  /// The one for a mount that was refused; nil if there is none.
  init?(for mount: PlannedMount, _ namespaces: NamespacePlan) {
    guard case .fileSystem(let type, _) = mount.kind else { return nil }
    self.type = type
    switch type {
    case "sysfs":
      // Most of it has nothing to do with the network, so it is given for any namespace; never to be written to.
      (path, magic) = ("/sys", FileSystemMagic.sysfs)
      attributes =
        MountFlag.readOnly | MountFlag.noSUID | MountFlag.noDevices | MountFlag.noExecution
    case "proc" where namespaces.inherits(.pid):
      (path, magic, attributes) = ("/proc", FileSystemMagic.proc, 0)
    case "mqueue" where namespaces.inherits(.ipc):
      (path, magic, attributes) = ("/dev/mqueue", FileSystemMagic.mqueue, 0)
    default: return nil
    }
  }

  /// Nothing to put in its place.
  var absence: RuntimeError {
    RuntimeError(
      .unsupported, "the kernel refuses this user a new \(type), and the host has none at \(path)")
  }

  /// A detached mount of it and all that is mounted below.
  func clone(for mount: PlannedMount) throws(RuntimeError) -> Descriptor {
    let clone = try Kernel.cloneMount(path, recursive: true)
    guard try Kernel.fileSystemMagic(clone.number) == magic else { throw absence }
    let restrictions =
      MountFlag.readOnly | MountFlag.noSUID | MountFlag.noDevices | MountFlag.noExecution
    let bits = attributes | (mount.options.attributes.setting & restrictions)
    // What the host restricts remains so: bits are only added.
    try Kernel.change(clone.number, MountAttributes(setting: bits), recursive: true)
    return clone
  }
}

extension MountTree {
  /// Makes a mount, with the host's file system where the kernel refuses a new one to this user.
  mutating func make(_ mount: PlannedMount, orFromHost namespaces: NamespacePlan) throws(RuntimeError) {
    do throws(RuntimeError) {
      try make(mount)
    } catch let error where error.errno == .notPermitted {
      guard let host = HostFileSystem(for: mount, namespaces) else { throw explain(error, mount) }
      guard try Kernel.stat(host.path, at: Directory.working) != nil else { throw host.absence }
      let clone = try host.clone(for: mount)
      let target = try openTarget(for: host.type, mount.destination)
      try Kernel.attach(clone.number, to: target.number)
    }
  }

  /// mount_namespaces(7): a new proc must not show what is covered in the present one.
  private func explain(_ error: RuntimeError, _ mount: PlannedMount) -> RuntimeError {
    guard case .fileSystem("proc", _) = mount.kind else { return error }
    // The kernel's own words for it are "Mount too revealing".
    var error = error
    error.hint =
      "a part of this host's /proc is covered, as in a container; without root a new one needs all of it: "
      + "start the outer container with /proc unmasked"
    return error
  }
}
