internal import CLinux
internal import Glibc
public import RuntimeErrors
internal import SystemPackage

/// Numbers in memory that two processes share: words with a process that may make no system call.
///
/// It lasts until execve(2): freeing it would be a system call.
public struct Handover {
  /// The memory, to be sent to the other process. Close-on-exec.
  public let memory: CInt
  private let words: UnsafeMutablePointer<CInt>
  private static let size = 4096

  /// Memory that this process and, through `memory`, another can use.
  public init() throws(RuntimeError) {
    memory = try Kernel.makeMemoryFile(name: "handover", contents: []).release()
    try Kernel.changeLength(memory, to: Int64(Handover.size))
    let place = raw(
      __NR_mmap,
      0,
      Handover.size,
      Int(PROT_READ | PROT_WRITE),
      Int(MAP_SHARED),
      Int(memory),
      0
    )
    try check(place, "mmap")
    guard let words = UnsafeMutablePointer<CInt>(bitPattern: place) else {
      throw RuntimeError(systemCall: "mmap", errno: .noMemory)
    }
    self.words = words
  }

  /// Offers a number above 0 and waits, without a system call, until the other process took it.
  ///
  /// - Returns: false if that takes longer than seconds.
  public func offer(_ number: CInt) -> Bool {
    linux_offer(words, number) != 0
  }

  /// Writes down what execve(2) answered.
  public func leave(errno: CInt) {
    words[2] = errno
  }

  /// What the process at the other end of `memory` offers; 0 if nothing yet.
  public static func offered(in memory: CInt) throws(RuntimeError) -> CInt {
    try word(0, in: memory)
  }

  /// What execve(2) answered the process at the other end of `memory`; 0 if it did not, or has not yet.
  public static func errno(in memory: CInt) throws(RuntimeError) -> CInt {
    try word(2, in: memory)
  }

  private static func word(_ index: Int, in memory: CInt) throws(RuntimeError) -> CInt {
    var number: CInt = 0
    let size = MemoryLayout<CInt>.size
    try check(raw(__NR_pread64, Int(memory), address(&number), size, index * size), "pread64")
    return number
  }

  /// Lets the process go on that made an offer.
  public static func accept(in memory: CInt) throws(RuntimeError) {
    var yes: CInt = 1
    let size = MemoryLayout<CInt>.size
    try check(raw(__NR_pwrite64, Int(memory), address(&yes), size, size), "pwrite64")
  }
}
