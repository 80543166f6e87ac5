import Foundation
import TestSupport
import Testing

/// swbox with an image `bb` of busybox. At its end nothing of its containers may be left.
final class ContainerBox {
  let box: Box
  var directory: String { box.directory }
  /// Where containers are kept.
  var containers: String { box.root + "/containers" }

  init(image: Bool = true) throws {
    box = try Box()
    try File.makeDirectory(box.root)
    guard image else { return }
    try box.shell(
      """
      # Status 1 is "file changed as we read it": other tests make links to the same files.
      tar -C '\(TestRootfs.package)/.build/rootfs/busybox' -cf bb.tar . || [ $? = 1 ]
      $SWBOX import bb.tar bb --cmd sh
      """)
  }

  deinit {
    _ = try? command(["rm", "--force", "--all"]).run()
    let collection = try? command(["gc"]).run()
    #expect(collection?.status == 0, "\(collection.map(\.description) ?? "")")
    let left = Leftovers(tag: box.directory)
    #expect(left.isEmpty, "\(left)")
    if !left.isEmpty { left.remove() }
    #expect(cgroups == [] && volatile == nil, "\(cgroups) \(volatile ?? "")")
  }

  /// The name of the store in cgroups and below /run.
  private var key: String? {
    var status = stat()
    guard stat(containers, &status) == 0 else { return nil }
    return String(UInt64(status.st_dev), radix: 16) + "-" + String(status.st_ino, radix: 16)
  }

  /// The directory for what does not outlive the system.
  var volatile: String? {
    key.map { "/run/swbox/\($0)" }.flatMap { File.exists($0) ? $0 : nil }
  }

  /// Cgroups of the store.
  var cgroups: [String] {
    guard let key else { return [] }
    return (File.names(in: "/sys/fs/cgroup").map { "/sys/fs/cgroup/\($0)" } + ["/sys/fs/cgroup"])
      .map { "\($0)/swbox/\(key)" }.filter(File.exists)
  }

  func command(_ arguments: [String]) -> Command { box.command(arguments) }

  /// Runs swbox.
  func swbox(_ arguments: String...) throws -> Outcome { try command(arguments).run() }

  /// `swbox run` with the runtime under test.
  func runCommand(_ arguments: [String]) -> Command {
    command(["run", "--runtime", Runtime.program] + arguments)
  }

  /// `swbox run` with the runtime under test.
  @discardableResult
  func run(_ arguments: String...) throws -> Outcome { try runCommand(arguments).run() }

  /// `ps -a --format json` by name.
  func list() throws -> [String: [String: Any]] {
    let outcome = try swbox("ps", "-a", "--format", "json").succeeds()
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    let items = try #require(json as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: items.compactMap { item in (item["name"] as? String).map { ($0, item) } })
  }

  /// A container's status.
  func status(_ name: String) throws -> String? { try list()[name]?["status"] as? String }

  /// The supervisor of a container: who holds its lock.
  func supervisor(_ name: String) throws -> Int32? {
    guard let id = try list()[name]?["id"] as? String else { return nil }
    for pid in File.names(in: "/proc").compactMap({ Int32($0) }) {
      let words = File.text("/proc/\(pid)/cmdline").split(separator: "\0")
      if words.contains("supervise"), words.contains(Substring(id)) { return pid }
    }
    return nil
  }
}
