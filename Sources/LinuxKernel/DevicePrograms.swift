internal import CLinux
internal import Glibc
public import RuntimeErrors

/// One instruction of eBPF. Documentation/bpf/standardization/instruction-set.rst
public struct BPFInstruction: Equatable, Sendable {
  /// Operation, source and class.
  public var code: UInt8
  /// The register that changes or is compared.
  public var destination: UInt8
  /// The register that is read.
  public var source: UInt8
  /// Of a jump in instructions, of a load in bytes.
  public var offset: Int16
  /// A number.
  public var immediate: Int32

  /// An instruction.
  public init(
    code: UInt8, destination: UInt8 = 0, source: UInt8 = 0, offset: Int16 = 0, immediate: Int32 = 0
  ) {
    self.code = code
    self.destination = destination
    self.source = source
    self.offset = offset
    self.immediate = immediate
  }

  /// `struct bpf_insn`: the registers share a byte.
  fileprivate var word: UInt64 {
    UInt64(code) | UInt64(destination | source << 4) << 8 | UInt64(UInt16(bitPattern: offset)) << 16
      | UInt64(UInt32(bitPattern: immediate)) << 32
  }
}

/// Programs of BPF_PROG_TYPE_CGROUP_DEVICE. bpf(2)
///
/// The structures are written by position: those of the kernel's header are unions, which grow.
extension Kernel {
  private enum Command: Int {
    case load = 5
    case attach = 8
    case detach = 9
    case descriptor = 13
    case information = 15
    case query = 16
  }

  private static let cgroupDeviceProgram: UInt64 = 15
  private static let cgroupDeviceAttachment: UInt64 = 6
  /// BPF_F_ALLOW_MULTI: others may attach theirs here and below; all must allow an access.
  private static let severalPrograms: UInt64 = 2
  /// BPF_F_REPLACE
  private static let replacing: UInt64 = 4

  /// Loads a program that decides on devices.
  ///
  /// - Parameters:
  ///   - name: At most 15 bytes of letters, digits, `_` and `.`, to find it again by.
  public static func loadDeviceProgram(
    _ instructions: [BPFInstruction], name: String
  ) throws(RuntimeError) -> Descriptor {
    let words = instructions.map(\.word)
    let license = Array("Apache-2.0".utf8) + [0]
    let number = words.withUnsafeBufferPointer { code in
      license.withUnsafeBufferPointer { license in
        // prog_type and insn_cnt, insns, license, log_level and log_size, log_buf, kern_version and
        // prog_flags, prog_name of 16 bytes.
        var attributes: [UInt64] = [
          cgroupDeviceProgram | UInt64(code.count) << 32, pointer(code.baseAddress),
          pointer(license.baseAddress), 0, 0, 0, 0, 0,
        ]
        attributes.withUnsafeMutableBytes { bytes in
          for (index, byte) in name.utf8.prefix(15).enumerated() { bytes[48 + index] = byte }
        }
        return bpf(.load, &attributes)
      }
    }
    return Descriptor(owning: CInt(try check(number, "bpf", "BPF_PROG_LOAD")))
  }

  /// Lets a program decide on devices for a cgroup, in place of another one if there is `former`.
  public static func attachDeviceProgram(
    _ program: CInt, to cgroup: CInt, replacing former: CInt? = nil
  ) throws(RuntimeError) {
    let flags = severalPrograms | (former == nil ? 0 : replacing)
    // target_fd and attach_bpf_fd, attach_type and attach_flags, replace_bpf_fd.
    var attributes = [
      pair(cgroup, program), cgroupDeviceAttachment | flags << 32, UInt64(UInt32(bitPattern: former ?? 0)),
    ]
    try check(bpf(.attach, &attributes), "bpf", "BPF_PROG_ATTACH")
  }

  /// Takes a program away from a cgroup.
  public static func detachDeviceProgram(_ program: CInt, from cgroup: CInt) throws(RuntimeError) {
    var attributes = [pair(cgroup, program), cgroupDeviceAttachment]
    try check(bpf(.detach, &attributes), "bpf", "BPF_PROG_DETACH")
  }

  /// The first program with a name that is attached to a cgroup itself.
  public static func deviceProgram(named name: String, of cgroup: CInt) throws(RuntimeError) -> Descriptor? {
    for id in try deviceProgramIDs(of: cgroup) {
      var attributes = [UInt64(id)]
      let number = bpf(.descriptor, &attributes)
      // Detached meanwhile.
      if number == -Int(ENOENT) { continue }
      let program = Descriptor(owning: CInt(try check(number, "bpf", "BPF_PROG_GET_FD_BY_ID")))
      if try self.name(ofProgram: program.number) == name { return program }
    }
    return nil
  }

  private static func deviceProgramIDs(of cgroup: CInt) throws(RuntimeError) -> [UInt32] {
    // BPF_CGROUP_MAX_PROGS
    var ids = [UInt32](repeating: 0, count: 64)
    var count: UInt32 = 0
    let status = ids.withUnsafeMutableBufferPointer { ids in
      // target_fd and attach_type, query_flags and attach_flags, prog_ids, prog_cnt.
      var attributes = [
        UInt64(UInt32(bitPattern: cgroup)) | cgroupDeviceAttachment << 32, 0, pointer(ids.baseAddress),
        UInt64(ids.count),
      ]
      let status = bpf(.query, &attributes)
      count = UInt32(truncatingIfNeeded: attributes[3])
      return status
    }
    try check(status, "bpf", "BPF_PROG_QUERY")
    return Array(ids.prefix(Int(count)))
  }

  private static func name(ofProgram program: CInt) throws(RuntimeError) -> String {
    // `struct bpf_prog_info` up to the name, which is at byte 64.
    var information = [UInt8](repeating: 0, count: 80)
    let status = information.withUnsafeMutableBufferPointer { buffer in
      // bpf_fd and info_len, info.
      var attributes = [
        UInt64(UInt32(bitPattern: program)) | UInt64(buffer.count) << 32, pointer(buffer.baseAddress),
      ]
      return bpf(.information, &attributes)
    }
    try check(status, "bpf", "BPF_OBJ_GET_INFO_BY_FD")
    return String(decoding: information[64...].prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func bpf(_ command: Command, _ attributes: inout [UInt64]) -> Int {
    attributes.withUnsafeMutableBufferPointer { buffer in
      raw(__NR_bpf, command.rawValue, address(buffer.baseAddress), buffer.count * 8)
    }
  }

  private static func pointer<Element>(_ pointer: UnsafePointer<Element>?) -> UInt64 {
    UInt64(UInt(bitPattern: pointer))
  }

  private static func pointer<Element>(_ pointer: UnsafeMutablePointer<Element>?) -> UInt64 {
    UInt64(UInt(bitPattern: pointer))
  }

  /// Two descriptors in neighbouring fields.
  private static func pair(_ first: CInt, _ second: CInt) -> UInt64 {
    UInt64(UInt32(bitPattern: first)) | UInt64(UInt32(bitPattern: second)) << 32
  }
}
