internal import Glibc
public import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// Removal of directories with all that is in them, by descriptor.
public enum DirectoryTree {
  /// How deep removal goes before it moves what lies deeper upwards: each level costs an open descriptor.
  private static let depth = 64

  /// Removes what a name stands for; nothing happens if it stands for nothing.
  ///
  /// Mounts in it are not followed, and make it fail.
  ///
  /// - Parameters:
  ///   - name: A single component.
  ///   - directory: Where it is.
  public static func remove(_ name: RawName, at directory: CInt) throws(RuntimeError) {
    guard try !removeFile(name, at: directory) else { return }
    let top = try Kernel.open(name, at: directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    // What is moved upwards may itself be deep: it is found in the next round.
    while try clear(top.number, top: top.number, 0) {}
    try Kernel.removeDirectory(name, at: directory)
  }

  /// - Returns: Whether nothing is left: it was no directory.
  private static func removeFile(_ name: RawName, at directory: CInt) throws(RuntimeError) -> Bool {
    do throws(RuntimeError) {
      try Kernel.remove(name, at: directory)
      return true
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return true
    } catch let error where error.errno == .isDirectory {
      return false
    }
  }

  /// - Returns: Whether directories were moved to the top.
  private static func clear(_ directory: CInt, top: CInt, _ level: Int) throws(RuntimeError) -> Bool {
    var hasMoved = false
    for name in try Kernel.names(in: directory) {
      if try removeFile(name, at: directory) { continue }
      if level == depth {
        try moveUp(name, from: directory, to: top)
        hasMoved = true
        continue
      }
      let child = try Kernel.open(name, at: directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      if try clear(child.number, top: top, level + 1) { hasMoved = true }
      try Kernel.removeDirectory(name, at: directory)
    }
    return hasMoved
  }

  /// Gives a directory the first free one of names that no layer can hold: they would be whiteouts'.
  private static func moveUp(_ name: RawName, from directory: CInt, to top: CInt) throws(RuntimeError) {
    var number = 0
    while true {
      do throws(RuntimeError) {
        let free = RawName(bytes: Array(".wh..swbox-\(number)".utf8))
        return try Kernel.moveNew(name, at: directory, to: free, at: top)
      } catch let error where error.errno == .fileExists {
        number += 1
      }
    }
  }
}

extension DirectoryTree {
  /// What a file or a directory with all that is in it takes of the disk, in bytes.
  ///
  /// What lies too deep to be opened is not counted.
  public static func size(_ name: RawName, at directory: CInt) throws(RuntimeError) -> Int64 {
    guard let status = try Kernel.stat(name, at: directory) else { return 0 }
    return Int64(status.st_blocks) * 512
      + (status.st_mode & S_IFMT == S_IFDIR ? try sizeOfContents(name, at: directory, 0) : 0)
  }

  private static func sizeOfContents(
    _ name: RawName, at directory: CInt, _ level: Int
  ) throws(RuntimeError) -> Int64 {
    guard level < depth else { return 0 }
    let child = try Kernel.open(name, at: directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    var sum: Int64 = 0
    for name in try Kernel.names(in: child.number) {
      guard let status = try Kernel.stat(name, at: child.number) else { continue }
      sum += Int64(status.st_blocks) * 512
      if status.st_mode & S_IFMT == S_IFDIR { sum += try sizeOfContents(name, at: child.number, level + 1) }
    }
    return sum
  }
}
