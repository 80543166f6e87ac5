internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// The directories of a checkpoint.
struct CriuFiles: ~Copyable {
  /// What is saved of the container.
  let images: Descriptor
  /// CRIU's log.
  let work: Descriptor
  /// Absolute, or as the caller wrote it: for people.
  let workPath: String

  /// Opens both.
  ///
  /// - Parameters:
  ///   - isNew: Whether the image directory is made if it is missing; the work directory always is.
  init(imagePath: String, workPath: String?, isNew: Bool) throws(RuntimeError) {
    let images = try during("--image-path") { () throws(RuntimeError) in
      if isNew { try CriuFiles.make(imagePath) }
      return try Kernel.open(imagePath, flags: O_RDONLY | O_DIRECTORY)
    }
    let path = workPath ?? imagePath
    let work = try during("--work-path") { () throws(RuntimeError) in
      if workPath != nil { try CriuFiles.make(path) }
      return try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY)
    }
    self.images = consume images
    self.work = consume work
    self.workPath = path
  }

  /// Lets everybody reach a file in the image directory whose name he knows, and whose mode lets him: in a
  /// user namespace CRIU has no more rights when it looks for images. They are their owner's alone.
  func letOthersSearch() throws(RuntimeError) {
    let mode = try Kernel.stat(images.number).st_mode
    if mode & 0o011 != 0o011 {
      try Kernel.changeMode(images.number, mode: mode & 0o7777 | 0o011)
    }
  }

  /// Makes a directory and those above it: images hold the memory of processes.
  private static func make(_ path: String) throws(RuntimeError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      do {
        try Kernel.makeDirectory(made, at: Directory.working, mode: 0o700)
      } catch let error where error.errno == .fileExists {}
    }
  }

  /// Which images are those of an earlier `--pre-dump`.
  func requireParent(_ path: String) throws(RuntimeError) {
    try during("--parent-path") { () throws(RuntimeError) in
      guard !path.hasPrefix("/") else {
        throw RuntimeError(.invalidArgument, "it must be relative to the image directory: \(path)")
      }
      _ = try Kernel.open(path, at: images.number, flags: OpenFlags.path | O_DIRECTORY)
    }
  }
}

/// A file with further options of criu(8), for one container or for all.
enum CriuConfiguration {
  private static let annotation = "org.criu.config"
  private static let usual = ["/etc/criu/swrun.conf", "/etc/criu/runc.conf"]

  /// The file that an annotation names, or else the usual one if it is there; an empty annotation names none.
  static func file(_ annotations: [String: String]?) -> String? {
    if let path = annotations?[annotation] { return path.isEmpty ? nil : path }
    return usual.first(where: exists)
  }

  private static func exists(_ path: String) -> Bool {
    ((try? Kernel.stat(path, at: Directory.working)) ?? nil) != nil
  }
}
