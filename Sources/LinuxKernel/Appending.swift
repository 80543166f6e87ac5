internal import CLinux
internal import Glibc
public import RuntimeErrors

extension Kernel {
  /// write(2) at the end of a file that was opened with O_APPEND: all or nothing. A part that went in before
  /// the disk was full is cut off, unless somebody has written behind it since.
  public static func appendWhole(
    _ descriptor: CInt, _ bytes: [UInt8], name: @autoclosure () -> String
  ) throws(RuntimeError) {
    let written = bytes.withUnsafeBytes { part in
      retrying { raw(__NR_write, Int(descriptor), address(part.baseAddress), part.count) }
    }
    guard try check(written, "write", name()) < bytes.count else { return }
    do throws(RuntimeError) {
      try writeAll(descriptor, Array(bytes[written...]), name: name())
    } catch {
      let end = raw(__NR_lseek, Int(descriptor), 0, Int(SEEK_CUR))
      if end >= written, (try? stat(descriptor))?.st_size == end {
        _ = raw(__NR_ftruncate, Int(descriptor), end - written)
      }
      throw error
    }
  }
}
