internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// Files and directories that were made as places of mounts, so that a failure can take them away again.
final class MadePlaces {
  private var places: [Place] = []

  private struct Place {
    /// The directory that it was made in.
    let directory: CInt
    let name: String
    /// What was made there, and nothing else, is removed.
    let inode: UInt
    let isDirectory: Bool
  }

  /// Notes down what was just made.
  func add(_ name: String, in directory: CInt) throws(RuntimeError) {
    guard let status = try Kernel.stat(name, at: directory) else { return }
    places.append(
      Place(
        directory: try Kernel.duplicate(directory).release(), name: name, inode: status.st_ino,
        isDirectory: status.st_mode & S_IFMT == S_IFDIR))
  }

  /// Removes everything, the last first: a directory only if it is empty, a file if nobody has written to it.
  func remove() {
    for place in places.reversed() {
      guard let status = (try? Kernel.stat(place.name, at: place.directory)) ?? nil,
        status.st_ino == place.inode, place.isDirectory || status.st_size == 0
      else { continue }
      try? Kernel.remove(place.name, at: place.directory, isDirectory: place.isDirectory)
    }
  }

  deinit {
    for place in places { _ = Descriptor(owning: place.directory) }
  }
}
