internal import CLinux
internal import RuntimeErrors
internal import SystemPackage

/// The kernel's interface: one thin function per system call, named after it.
///
/// Each throws a `RuntimeError` with the call's name, what it was called on, and errno.
public enum Kernel {}

/// Makes a system call.
///
/// - Returns: The kernel's answer, or -errno.
@inline(__always)
func raw(
  _ number: CInt, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0, _ f: Int = 0
) -> Int {
  linux_call(Int(number), a, b, c, d, e, f)
}

/// Turns -errno into an error.
///
/// - Parameters:
///   - result: The kernel's answer, or -errno.
///   - name: The system call's name.
///   - subject: What it was called on; evaluated only when it failed.
/// - Returns: The answer.
@inline(__always)
@discardableResult
func check(
  _ result: Int, _ name: StaticString, _ subject: @autoclosure () -> String? = nil
) throws(RuntimeError) -> Int {
  if result < 0 { throw failure(result, name, subject()) }
  return result
}

@inline(never)
func failure(_ result: Int, _ name: StaticString, _ subject: String?) -> RuntimeError {
  RuntimeError(systemCall: "\(name)", subject, errno: Errno(rawValue: CInt(-result)))
}

/// The address of C text or a structure, as a system call's argument.
@inline(__always)
func address(_ pointer: UnsafeRawPointer?) -> Int {
  Int(bitPattern: pointer)
}
