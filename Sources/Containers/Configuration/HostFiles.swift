internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import LinuxKernel
internal import RuntimeErrors

/// Files that a container shows in place of its own: made for it, or as they are on the host now. The image itself
/// is not changed, and the host's files are not in reach.
struct HostFiles {
  /// The generated hosts(5), among the bundle's files.
  private static let hosts = "hosts"
  /// The largest file of the host that is copied, in bytes.
  private static let largest = 64 << 20

  let container: Container

  private var options: RunOptions { container.record.options }
  private var hostname: String { container.record.hostname }

  /// Writes them into the bundle.
  ///
  /// - Returns: Absolute paths in the container, and paths for the bundle.
  func write() throws(RuntimeError) -> [(destination: String, source: String)] {
    let bundle = try ImageStore.directory(ContainerFile.bundle, at: container.number)
    let directory = try ImageStore.directory(ContainerFile.files, at: bundle.number)
    // Programs of any user are to read what is in it.
    try Kernel.changeMode(directory.number, mode: 0o755)
    var contents: [(destination: String, name: String, bytes: [UInt8], mode: UInt32)] = [
      ("/etc/hosts", HostFiles.hosts, Array(hosts(addresses: []).utf8), 0o644),
      ("/etc/hostname", "hostname", Array("\(hostname)\n".utf8), 0o644),
    ]
    if options.network == .bridge {
      let text = try NetworkAttachment.resolverConfiguration()
      contents.append(("/etc/resolv.conf", "resolv.conf", Array(text.utf8), 0o644))
    } else if options.network == .host, let text = try? Kernel.readText("/etc/resolv.conf") {
      contents.append(("/etc/resolv.conf", "resolv.conf", Array(text.utf8), 0o644))
    }
    for (number, path) in options.copies.enumerated() {
      let (bytes, mode) = try during("--cp \(path)") { () throws(RuntimeError) in try HostFiles.copy(path) }
      contents.removeAll { $0.destination == path }
      contents.append((path, "copy-\(number)", bytes, mode))
    }
    var files: [(destination: String, source: String)] = []
    for content in contents {
      try HostFiles.write(content.bytes, to: content.name, at: directory.number, mode: content.mode)
      files.append((content.destination, "\(ContainerFile.files)/\(content.name)"))
    }
    return files
  }

  /// Tells the container of addresses that it was given after its files were made.
  func add(addresses: [String]) throws(RuntimeError) {
    // Then the container shows the host's own.
    if options.copies.contains("/etc/hosts") { return }
    let path = "\(ContainerFile.bundle)/\(ContainerFile.files)/\(HostFiles.hosts)"
    // The same file, not a new one: that is what the container sees.
    let file = try Kernel.open(path, at: container.number, flags: O_WRONLY | O_TRUNC | O_NOFOLLOW)
    try Kernel.writeAll(file.number, Array(hosts(addresses: addresses).utf8), name: "hosts")
  }

  private static func write(
    _ bytes: [UInt8], to name: String, at directory: CInt, mode: UInt32
  ) throws(RuntimeError) {
    let file = try Kernel.open(name, at: directory, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    try Kernel.writeAll(file.number, bytes, name: name)
    try Kernel.changeMode(file.number, mode: mode)
  }

  private static func copy(_ path: String) throws(RuntimeError) -> (bytes: [UInt8], mode: UInt32) {
    let file = try Kernel.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
    let status = try Kernel.stat(file.number)
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw RuntimeError(.invalidArgument, "it is no regular file", hint: "--bind shows directories")
    }
    return (try Kernel.readAll(file.number, limit: largest, name: path), status.st_mode & 0o777)
  }

  /// hosts(5)
  private func hosts(addresses: [String]) -> String {
    if options.network == .host, let text = try? Kernel.readText("/etc/hosts") {
      return text + (text.hasSuffix("\n") ? "" : "\n") + "127.0.1.1\t\(hostname)\n"
    }
    let names = addresses.isEmpty ? "localhost \(hostname)" : "localhost"
    return "127.0.0.1\t\(names)\n::1\tlocalhost ip6-localhost ip6-loopback\n"
      + addresses.map { "\($0.prefix { $0 != "/" })\t\(hostname)\n" }.joined()
  }
}
