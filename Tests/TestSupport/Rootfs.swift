internal import Foundation
import Testing

/// Root filesystems for tests. The shared ones below .build/rootfs are never written to.
public enum TestRootfs: Sendable {
  /// busybox with links for all its commands, /etc/passwd and the probe: a copy that the test may change.
  case busybox
  /// A Debian made by `make rootfs`, with an overlay on it that takes the test's changes.
  case debian
  /// An empty directory.
  case empty

  /// The package's directory.
  public static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  /// The probe, to be run on the host.
  public static let probe = shared + "/probe"
  static let shared = package + "/.build/rootfs"

  private static let busyboxIsReady = Result { try makeBusybox() }
  private static let probeIsReady = Result { try buildProbe() }

  /// Puts a root filesystem at `path`.
  ///
  /// - Returns: What to unmount afterwards.
  func make(at path: String) throws -> [String] {
    try File.makeDirectory(path)
    switch self {
    case .empty: return []
    case .busybox:
      try TestRootfs.busyboxIsReady.get()
      try TestRootfs.copyTree(TestRootfs.shared + "/busybox", to: path)
      try TestRootfs.addProbe(to: path)
      return []
    case .debian:
      let lower = TestRootfs.shared + "/debian"
      guard File.exists(lower + "/bin/bash") else {
        throw SystemFailure("\(lower) is missing; make rootfs makes it", ENOENT)
      }
      for directory in ["/.upper/usr/bin", "/.work"] { try File.makeDirectory(path + directory) }
      // Beneath the overlay: nothing can be linked from another file system. There /bin links to /usr/bin.
      try TestRootfs.addProbe(to: path + "/.upper/usr")
      let options = "lowerdir=\(lower),upperdir=\(path)/.upper,workdir=\(path)/.work"
      try checked(mount("overlay", path, "overlay", 0, options), "overlay on \(lower)")
      return [path]
    }
  }

  private static func addProbe(to path: String) throws {
    try probeIsReady.get()
    try checked(Glibc.link(shared + "/probe", path + "/bin/probe"), "linking the probe")
  }

  /// Programs are linked, for nobody writes to them; all else is copied.
  private static func copyTree(_ source: String, to target: String) throws {
    for name in File.names(in: source) {
      let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
      var status = stat()
      try checked(lstat(from, &status), from)
      switch status.st_mode & S_IFMT {
      case S_IFDIR:
        mkdir(to, 0o755)
        try copyTree(from, to: to)
        chmod(to, status.st_mode & 0o7777)
      case S_IFLNK: try checked(symlink(File.link(from), to), to)
      case S_IFREG where status.st_size > 65536: try checked(Glibc.link(from, to), to)
      case S_IFREG: try File.write(File.text(from), to: to, mode: status.st_mode & 0o7777)
      default: break
      }
    }
  }

  /// What `make rootfs` makes, for those who run only the tests.
  private static func makeBusybox() throws {
    let root = shared + "/busybox"
    if File.exists(root + "/bin/sh"), File.exists(root + "/etc/passwd") { return }
    let work = "\(shared)/busybox.\(getpid())"
    for name in ["bin", "dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr", "var"] {
      try File.makeDirectory("\(work)/\(name)")
    }
    guard let busybox = ["/bin/busybox", "/usr/bin/busybox"].first(where: File.exists) else {
      throw SystemFailure("busybox (apt-get install busybox-static)", ENOENT)
    }
    try FileManager.default.copyItem(atPath: busybox, toPath: work + "/bin/busybox")
    let commands = try Command(busybox, ["--list"]).run().lines
    for name in commands where name != "busybox" { symlink("busybox", "\(work)/bin/\(name)") }
    chmod(work + "/tmp", 0o1777)
    try File.write(
      "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
      to: work + "/etc/passwd"
    )
    try File.write("root:x:0:\ntty:x:5:\nnogroup:x:65534:\n", to: work + "/etc/group")
    if rename(work, root) != 0 { try FileManager.default.removeItem(atPath: work) }
  }

  /// Builds the static program that tells what busybox cannot.
  private static func buildProbe() throws {
    let source = package + "/Tests/Probe/probe.c"
    let target = shared + "/probe"
    func age(_ path: String) -> Int {
      var status = stat()
      return stat(path, &status) == 0 ? status.st_mtim.tv_sec : -1
    }
    if age(target) >= age(source) { return }
    try File.makeDirectory(shared)
    let work = "\(target).\(getpid())"
    var compiler = Command(
      "clang",
      ["-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o", work, source]
    )
    compiler.environment = ProcessInfo.processInfo.environment
    let outcome = try compiler.run()
    guard outcome.status == 0 else { throw SystemFailure("building the probe:\n\(outcome)", EINVAL) }
    rename(work, target)
  }
}
