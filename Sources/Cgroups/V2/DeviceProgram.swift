internal import LinuxKernel

/// Device rules as a program that the kernel asks for each access: 1 allows, 0 denies.
///
/// The rules are asked from the last to the first, until each kind of access in question is decided.
///
/// linux/bpf.h, `struct bpf_cgroup_dev_ctx`
struct DeviceProgram: Equatable {
  private(set) var instructions: [BPFInstruction] = []

  /// Where it stands while it runs. What the kernel asks about comes in `context`.
  private enum Register {
    static let answer: UInt8 = 0
    static let context: UInt8 = 1
    static let type: UInt8 = 2
    /// The kinds of access that are still to be decided.
    static let pending: UInt8 = 3
    static let major: UInt8 = 4
    static let minor: UInt8 = 5
    static let scratch: UInt8 = 6
  }

  private enum Code {
    /// `destination = *(u32 *)(source + offset)`
    static let load: UInt8 = 0x61
    static let move: UInt8 = 0xb4
    static let copy: UInt8 = 0xbc
    static let and: UInt8 = 0x54
    static let shiftRight: UInt8 = 0x74
    static let jumpIfEqual: UInt8 = 0x16
    static let jumpUnlessEqual: UInt8 = 0x56
    static let exit: UInt8 = 0x95
  }

  /// A program that says what `rules` say; what no rule is about is denied.
  init(_ rules: DeviceRules) {
    loadContext()
    var settled: Set<Bool> = []
    for rule in rules.rules.reversed() where !rule.access.isEmpty {
      // All is said about this type already.
      if settled.contains(rule.devices.isBlock) { continue }
      add(rule)
      if rule.access == .all, rule.devices.major == nil, rule.devices.minor == nil {
        settled.insert(rule.devices.isBlock)
      }
    }
    answer(false)
  }

  private mutating func loadContext() {
    emit(Code.load, Register.type, source: Register.context, offset: 0)
    emit(Code.copy, Register.pending, source: Register.type)
    emit(Code.and, Register.type, 0xffff)
    emit(Code.shiftRight, Register.pending, 16)
    emit(Code.load, Register.major, source: Register.context, offset: 4)
    emit(Code.load, Register.minor, source: Register.context, offset: 8)
  }

  /// Checks whether the rule fits, and if so decides what it is about.
  private mutating func add(_ rule: DeviceRules.Rule) {
    var skips: [Int] = []
    func number(_ value: UInt32) -> Int32 { Int32(bitPattern: value) }
    // BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_DEV_CHAR
    skips.append(emit(Code.jumpUnlessEqual, Register.type, rule.devices.isBlock ? 1 : 2))
    if let major = rule.devices.major {
      skips.append(emit(Code.jumpUnlessEqual, Register.major, number(major)))
    }
    if let minor = rule.devices.minor {
      skips.append(emit(Code.jumpUnlessEqual, Register.minor, number(minor)))
    }
    let access = DeviceProgram.bits(rule.access)
    if rule.access == .all {
      answer(rule.allows)
    } else if rule.allows {
      emit(Code.and, Register.pending, ~access)
      skips.append(emit(Code.jumpUnlessEqual, Register.pending, 0))
      answer(true)
    } else {
      emit(Code.copy, Register.scratch, source: Register.pending)
      emit(Code.and, Register.scratch, access)
      skips.append(emit(Code.jumpIfEqual, Register.scratch, 0))
      answer(false)
    }
    for skip in skips { instructions[skip].offset = Int16(instructions.count - skip - 1) }
  }

  /// BPF_DEVCG_ACC_MKNOD, BPF_DEVCG_ACC_READ, BPF_DEVCG_ACC_WRITE
  private static func bits(_ access: DeviceAccess) -> Int32 {
    (access.contains(.mknod) ? 1 : 0) | (access.contains(.read) ? 2 : 0) | (access.contains(.write) ? 4 : 0)
  }

  private mutating func answer(_ allows: Bool) {
    emit(Code.move, Register.answer, allows ? 1 : 0)
    emit(Code.exit, 0)
  }

  /// - Returns: Where the instruction is.
  @discardableResult
  private mutating func emit(
    _ code: UInt8, _ destination: UInt8, _ immediate: Int32 = 0, source: UInt8 = 0, offset: Int16 = 0
  ) -> Int {
    instructions.append(
      BPFInstruction(
        code: code, destination: destination, source: source, offset: offset, immediate: immediate))
    return instructions.count - 1
  }
}
