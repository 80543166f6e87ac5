internal import Containers
internal import Glibc
internal import ImageStore
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// What all commands share: the global options, understood, and where messages go.
struct Session {
  /// Absolute path of the directory for images and layers.
  let root: String
  /// Gets warnings and errors.
  let messages: Messages

  /// What the global options ask for.
  init(root path: String?, logFormat: LogFormat) throws(RuntimeError) {
    messages = Messages(logFormat)
    if let path {
      root = try Session.absolute(path)
    } else {
      root = try Session.usualRoot()
    }
    try checkOwner()
  }

  /// A person's layers are taken for those of the images, which only the person may have made.
  private func checkOwner() throws(RuntimeError) {
    guard Caller.person != nil, try Kernel.stat(root, at: Directory.working) != nil else { return }
    // Not of a link to it.
    let directory = try Kernel.open(root, flags: OpenFlags.path | O_DIRECTORY)
    guard try Kernel.stat(directory.number).st_uid != geteuid() else { return }
    throw RuntimeError(.invalidArgument, "the store \(root) belongs to another user")
  }

  /// The images, to be used beside other processes.
  func store() throws(RuntimeError) -> ImageStore { try ImageStore.open(root, warn: messages.warning) }

  /// The containers. The store's directory is made by opening the store.
  func containers() throws(RuntimeError) -> ContainerCatalog {
    // Not in any case: a collection has the image store alone, and lists need not wait for that.
    if try Kernel.stat(root, at: Directory.working) == nil { _ = try store() }
    return try ContainerCatalog(store: root, volatile: Session.volatileRoot())
  }

  /// /run/swbox, or a user's own directory for what does not outlive the system.
  private static func volatileRoot() throws(RuntimeError) -> String {
    if !Caller.isPersons { return "/run/swbox" }
    if let runtime = variable("XDG_RUNTIME_DIR"), runtime.hasPrefix("/") { return runtime + "/swbox" }
    throw RuntimeError(
      .invalidArgument, "XDG_RUNTIME_DIR is not set", hint: "a login by PAM sets it; it is /run/user/UID")
  }

  private static func absolute(_ path: String) throws(RuntimeError) -> String {
    guard !path.isEmpty else { throw RuntimeError(.invalidArgument, "--root: the path is empty") }
    if path.hasPrefix("/") { return path }
    guard let directory = getcwd(nil, 0) else {
      throw RuntimeError(systemCall: "getcwd", errno: Errno(rawValue: errno))
    }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
  }

  /// /var/lib/swbox, or a user's own directory.
  private static func usualRoot() throws(RuntimeError) -> String {
    if !Caller.isPersons { return "/var/lib/swbox" }
    // A relative path is to be ignored. Spec: XDG Base Directory Specification
    if let data = variable("XDG_DATA_HOME"), data.hasPrefix("/") { return data + "/swbox" }
    if let home = variable("HOME"), home.hasPrefix("/") { return home + "/.local/share/swbox" }
    throw RuntimeError(
      .invalidArgument, "neither XDG_DATA_HOME nor HOME is set", hint: "--root names a directory")
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}
