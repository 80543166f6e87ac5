internal import CLinux
internal import Glibc
public import RuntimeErrors
internal import SystemPackage

/// Two numbers in memory that two processes share: words with a process that may make no system call.
///
/// It lasts until execve(2): freeing it would be a system call.
public struct Handover {
  /// The memory, to be sent to the other process. Close-on-exec.
  public let memory: CInt
  private let words: UnsafeMutablePointer<CInt>
  private static let size = 4096

  /// Memory that this process and, through `memory`, another can use.
  public init() throws(RuntimeError) {
    memory = try Kernel.makeMemoryFile(name: "handover", contents: Array(repeating: 0, count: Handover.size))
      .release()
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

  /// What the process at the other end of `memory` offers; 0 if nothing yet.
  public static func offered(in memory: CInt) throws(RuntimeError) -> CInt {
    var number: CInt = 0
    try check(raw(__NR_pread64, Int(memory), address(&number), MemoryLayout<CInt>.size, 0), "pread64")
    return number
  }

  /// Lets the process go on that made an offer.
  public static func accept(in memory: CInt) throws(RuntimeError) {
    var yes: CInt = 1
    let size = MemoryLayout<CInt>.size
    try check(raw(__NR_pwrite64, Int(memory), address(&yes), size, size), "pwrite64")
  }
}
