import Foundation
import TestSupport
import Testing

/// swbox of a user without privileges, with a store of the user's own. Nothing of the host is changed for it: what has to
/// stand in /etc does so in the mount namespaces of the user's commands alone.
final class UserBox {
  /// Nobody's on this host.
  static let id: UInt32 = 61_237
  /// The first subordinate ID: user 1 in the containers.
  static let firstSubordinate: UInt32 = 720_000
  /// Whether users can have subordinate IDs here.
  static let isPossible =
    OrdinaryUser.canHaveSubordinates && File.exists("/etc/subuid") && File.exists("/etc/subgid")

  /// Root's store, where images come from.
  let box: Box
  /// The user's home.
  let home: String
  /// Where the user's images and containers are.
  var store: String { home + "/.local/share/swbox" }
  /// The user's $XDG_RUNTIME_DIR.
  var runtime: String { home + "/run" }

  /// - Parameters:
  ///   - subordinates: How many subordinate IDs the user has.
  init(subordinates: Int = 65_536) throws {
    box = try Box()
    home = box.directory + "/home"
    try box.shell(
      """
      chmod 755 .; mkdir -p bin home/run; chmod 700 home/run
      cp '\(Box.program)' bin/swbox; cp '\(Runtime.program)' bin/swrun; chmod 755 bin bin/*
      cat /etc/passwd >passwd; echo 'swtest:x:\(UserBox.id):\(UserBox.id)::/:/bin/sh' >>passwd
      chown -R \(UserBox.id):\(UserBox.id) home
      """)
    try give(subordinates: subordinates)
  }

  deinit {
    _ = try? command(["rm", "--force", "--all"]).run()
    let collection = try? command(["gc"]).run()
    #expect(collection?.status == 0, "\(collection.map(\.description) ?? "")")
    let left = Leftovers(tag: box.directory)
    #expect(left.isEmpty, "\(left)")
    if !left.isEmpty { left.remove() }
    #expect(File.names(in: runtime + "/swbox").isEmpty)
  }

  /// Changes what /etc/subuid and /etc/subgid say.
  func give(subordinates: Int) throws {
    let line = "swtest:\(UserBox.firstSubordinate):\(subordinates)\n"
    try File.write(subordinates > 0 ? line : "", to: box.directory + "/subid")
  }

  /// swbox, called by the user.
  ///
  /// - Parameters:
  ///   - callers: A program that executes it, with its arguments.
  func command(
    _ arguments: [String], environment: [String: String] = [:], callers: [String] = []
  ) -> Command {
    let script = """
      mount --bind "$0/passwd" /etc/passwd
      for file in subuid subgid; do [ ! -e /etc/$file ] || mount --bind "$0/subid" /etc/$file; done
      cd "$0/home"
      exec setpriv --reuid \(UserBox.id) --regid \(UserBox.id) --clear-groups "$@"
      """
    let program = ["--mount", "--propagation", "private", "sh", "-c", script, box.directory]
    var command = Command("unshare", program + callers + [box.directory + "/bin/swbox"] + arguments)
    command.directory = box.directory
    command.environment.merge(["HOME": home, "XDG_RUNTIME_DIR": runtime]) { $1 }
    command.environment.merge(environment) { $1 }
    return command
  }

  /// Runs swbox.
  @discardableResult
  func swbox(_ arguments: String...) throws -> Outcome { try command(arguments).run() }

  /// Runs a shell's script in a new container that is removed, and expects it to succeed.
  func script(_ image: String, _ options: String..., script: String) throws -> [String] {
    try command(["run", "--rm"] + options + [image, "sh", "-c", script]).run().succeeds().lines
  }

  /// Makes an image `users` of busybox with files of user 1000, in the user's store.
  func makeImage() throws {
    try makeArchive("")
    try swbox("import", "--cmd", "sh", box.directory + "/users.tar", "users").succeeds()
  }

  /// Makes its archive, `users.tar`.
  ///
  /// - Parameters:
  ///   - script: Changes the tree, where it is.
  func makeArchive(_ script: String) throws {
    try box.shell(
      """
      mkdir tree; cp -a '\(TestRootfs.package)/.build/rootfs/busybox/.' tree; cd tree; mkdir -p etc home/u dev
      echo 'u:x:1000:1000::/home/u:/bin/sh' >etc/passwd; echo 'u:x:1000:' >etc/group
      echo hello >home/u/file; chown -R 1000:1000 home/u; chmod 4755 home/u/file; rm -rf dev/*
      \(script)
      cd ..; tar -C tree -cf users.tar .; chmod 644 users.tar; rm -rf tree
      """)
  }

  /// What `ps -a` tells, by name.
  func list() throws -> [String: [String: Any]] {
    let outcome = try swbox("ps", "-a", "--format", "json").succeeds()
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    let items = try #require(json as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: items.compactMap { item in (item["name"] as? String).map { ($0, item) } })
  }

  /// A container's status.
  func status(_ name: String) throws -> String? { try list()[name]?["status"] as? String }

  /// The first process of a container, as the host knows it.
  func pid(_ name: String) throws -> Int32 {
    Int32(try #require(try list()[name]?["pid"] as? Int))
  }

  /// The process that cares for a container.
  func supervisor(_ name: String) throws -> Int32 {
    let id = try #require(try list()[name]?["id"] as? String)
    let found = File.names(in: "/proc").compactMap { Int32($0) }.first { pid in
      let words = File.text("/proc/\(pid)/cmdline").split(separator: "\0")
      return words.contains("supervise") && words.contains(Substring(id))
    }
    return try #require(found)
  }
}
