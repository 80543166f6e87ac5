import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import Cgroups

@Suite("device rules")
struct DeviceRuleTests {
  /// `+c 1:3 rwm` allows, `-b *:* w` denies, `+a` and `-a` are for all.
  private func rule(_ text: String) -> DeviceRule {
    let words = text.dropFirst().split(separator: " ").map(String.init)
    var rule = DeviceRule(allow: text.hasPrefix("+"), access: words.count > 2 ? words[2] : nil)
    rule.type = DeviceRuleType(rawValue: words[0])
    if words.count > 1 {
      let numbers = words[1].split(separator: ":").map { Int64($0) }
      (rule.major, rule.minor) = (numbers[0], numbers[1])
    }
    return rule
  }

  private func list(_ rules: String...) throws -> DeviceList {
    try DeviceList(DeviceRules(rules.map(rule)))
  }

  private let defaults = [
    "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm",
    "c 5:2 rwm",
    "c 136:* rwm",
  ]

  @Test func `no rules, an empty list and deny-all all leave just the default devices`() throws {
    for rules in [nil, [], [rule("-a")], [rule("-a *:* rwm")]] as [[DeviceRule]?] {
      let list = try DeviceList(DeviceRules(rules))
      #expect(!list.allowsAll && list.exceptions.map(\.text) == defaults)
    }
  }

  @Test func `allow-all allows all, without exceptions`() throws {
    for rules in [["+a"], ["-a", "+a *:* rwm"], ["+c 1:3 r", "+a"], ["+c *:* rwm", "+b *:* rwm"]] {
      let list = try DeviceList(DeviceRules(rules.map(rule)))
      #expect(list.allowsAll && list.exceptions == [])
    }
    let list = try list("+a", "-a")
    #expect(!list.allowsAll)
  }

  @Test func `configured rules keep their order, before the defaults`() throws {
    let list = try list("-a", "+c 10:229 rwm", "+b 8:20 rw", "+b 10:200 r")
    #expect(list.exceptions.map(\.text) == ["c 10:229 rwm", "b 8:20 rw", "b 10:200 r"] + defaults)
  }

  @Test func `a later rule takes a part of an earlier one away`() throws {
    #expect(try list("+c 10:1 rwm", "-c 10:1 w").exceptions.first?.text == "c 10:1 rm")
    #expect(try list("+c 10:1 rw", "-c 10:* rwm").exceptions.map(\.text) == defaults)
    #expect(try list("+c 10:1 rw", "-a *:* w").exceptions.first?.text == "c 10:1 r")
    #expect(try list("+c 10:1 r", "+c 10:1 w").exceptions.first?.text == "c 10:1 rw")
    #expect(try list("-c 10:1 r", "+c 10:1 r").exceptions.first?.text == "c 10:1 r")
    #expect(try list("-c 1:3 rwm").exceptions.map(\.text) == defaults)
  }

  @Test func `after allow-all, denials are the exceptions`() throws {
    let list = try list("+a", "-b 8:* rw", "-c 10:1 rwm", "+b 8:* r")
    #expect(list.allowsAll && list.exceptions.map(\.text) == ["b 8:* w", "c 10:1 rw"])
    // The default devices remain usable, as far as a list can say so.
    let all = try self.list("+a", "-c 1:3 rwm", "-c 5:* rw")
    #expect(all.allowsAll && all.exceptions.map(\.text) == ["c 5:* rw"])
  }

  @Test func `what the kernel would silently not deny is refused`() {
    for rules in [
      ["+c *:* rwm", "-c 5:1 rwm"], ["+c 5:* r", "-c *:1 r"], ["+a", "-c *:* rw", "+c 10:1 r"],
    ] {
      #expect { try DeviceList(DeviceRules(rules.map(rule))) } throws: {
        ($0 as? RuntimeError)?.code == .unsupported
      }
    }
  }

  @Test func `reading and writing from two rules is possible together`() throws {
    let list = try list("+c 10:1 r", "+c 10:* w")
    #expect(list.exceptions.prefix(2).map(\.text) == ["c 10:1 rw", "c 10:* w"])
  }

  @Test func `exceptions that a wider one contains are not written`() throws {
    #expect(try list("+c 10:1 r", "+c 10:* rw").exceptions.map(\.text) == ["c 10:* rw"] + defaults)
    #expect(try list("+c 7:1 m").exceptions.map(\.text) == defaults)
  }

  @Test func `minus one is all, and other numbers must fit`() throws {
    var wild = DeviceRule(allow: true, access: "r")
    (wild.type, wild.major, wild.minor) = (.character, 10, -1)
    #expect(try DeviceList(DeviceRules([wild])).exceptions.first?.text == "c 10:* r")
    wild.major = 1 << 32
    #expect(throws: RuntimeError.self) { try DeviceRules([wild]) }
    #expect(throws: RuntimeError.self) { try DeviceRules([DeviceRule(allow: true, access: "rx")]) }
    #expect(
      try DeviceList(DeviceRules([DeviceRule(allow: true, access: "")])).exceptions.map(\.text) == defaults
    )
  }
}
