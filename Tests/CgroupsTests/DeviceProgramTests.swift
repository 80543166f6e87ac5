import LinuxKernel
import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import Cgroups

@Suite("device rules as a program")
struct DeviceProgramTests {
  /// What the program answers, or nil if it goes wrong: the kernel's machine for the few operations in use.
  private func run(_ program: DeviceProgram, block: Bool, access: UInt32, _ major: UInt32, _ minor: UInt32)
    -> UInt32?
  {
    let context = [access << 16 | (block ? 1 : 2), major, minor]
    var registers = [UInt32?](repeating: nil, count: 11)
    var position = 0
    while program.instructions.indices.contains(position) {
      let one = program.instructions[position]
      let target = Int(one.destination)
      let value = registers[target]
      let number = UInt32(bitPattern: one.immediate)
      position += 1
      switch one.code {
      case 0x61: registers[target] = one.source == 1 ? context[Int(one.offset) / 4] : nil
      case 0xb4: registers[target] = number
      case 0xbc: registers[target] = registers[Int(one.source)]
      case 0x54: registers[target] = value.map { $0 & number }
      case 0x74: registers[target] = value.map { $0 >> number }
      case 0x16:
        guard let value else { return nil }
        if value == number { position += Int(one.offset) }
      case 0x56:
        guard let value else { return nil }
        if value != number { position += Int(one.offset) }
      case 0x95: return registers[0]
      default: return nil
      }
    }
    return nil
  }

  /// What the rules say: of those about a device the last counts, for each kind of access.
  private func isAllowed(_ rules: DeviceRules, block: Bool, access: UInt32, _ major: UInt32, _ minor: UInt32)
    -> Bool
  {
    let kinds: [(UInt32, DeviceAccess)] = [(1, .mknod), (2, .read), (4, .write)]
    return kinds.filter { access & $0.0 != 0 }.allSatisfy { _, kind in
      rules.rules.last { rule in
        rule.access.contains(kind) && rule.devices.isBlock == block
          && (rule.devices.major ?? major) == major && (rule.devices.minor ?? minor) == minor
      }?.allows ?? false
    }
  }

  @Test("for any rules, the program allows what the rules allow, and nothing else")
  func agreesWithRules() throws {
    var random = SplitMix(state: 7)
    for _ in 0..<400 {
      let rules = try DeviceRules(
        (0..<Int.random(in: 0...6, using: &random)).map { _ in
          var rule = DeviceRule(
            allow: Bool.random(using: &random),
            access: [nil, "r", "w", "m", "rw", "rwm"].randomElement(using: &random) ?? nil)
          rule.type = [nil, .all, .block, .character].randomElement(using: &random) ?? nil
          rule.major = [nil, -1, 1, 8, 4_294_967_295].randomElement(using: &random) ?? nil
          rule.minor = [nil, -1, 0, 3].randomElement(using: &random) ?? nil
          return rule
        })
      let program = DeviceProgram(rules)
      for block in [false, true] {
        for access: UInt32 in 1...7 {
          for major: UInt32 in [1, 5, 8, 136, 4_294_967_295] {
            for minor: UInt32 in [0, 3, 9] {
              let answer = run(program, block: block, access: access, major, minor)
              let expected: UInt32 =
                isAllowed(rules, block: block, access: access, major, minor) ? 1 : 0
              #expect(answer == expected, "\(rules.rules) block \(block) \(access) \(major):\(minor)")
              if answer != expected { return }
            }
          }
        }
      }
    }
  }

  @Test("no rules and an empty list leave the default devices")
  func defaults() throws {
    for configured in [nil, []] as [[DeviceRule]?] {
      let program = DeviceProgram(try DeviceRules(configured))
      #expect(run(program, block: false, access: 6, 1, 3) == 1)
      #expect(run(program, block: false, access: 2, 5, 1) == 0)
      #expect(run(program, block: true, access: 2, 8, 0) == 0)
      #expect(run(program, block: true, access: 1, 8, 0) == 1)
    }
  }

  @Test("rules that a later one makes meaningless cost nothing")
  func settled() throws {
    var all = DeviceRule(allow: true, access: "rwm")
    all.type = .all
    var one = DeviceRule(allow: false, access: "rwm")
    (one.type, one.major, one.minor) = (.block, 8, 0)
    let short = DeviceProgram(try DeviceRules([all]))
    #expect(DeviceProgram(try DeviceRules([one, one, one, all])) == short)
  }
}

/// Numbers that are the same in every run.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
