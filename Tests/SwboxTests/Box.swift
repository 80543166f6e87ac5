import Foundation
import TestSupport
import Testing

/// swbox under test, with a store and a directory of its own, which are removed at the end.
final class Box {
  /// The program: `$SWBOX`, or the release build.
  static let program =
    ProcessInfo.processInfo.environment["SWBOX"] ?? TestRootfs.package + "/.build/release/swbox"

  let directory: String
  var root: String { directory + "/store" }

  init() throws {
    directory = "/tmp/swbox-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try File.makeDirectory(directory)
    if access(Box.program, X_OK) != 0 { Issue.record("\(Box.program) is missing; `make build` builds it") }
  }

  deinit {
    // Also builds make containers, which have something in /run and in cgroups.
    if File.exists(root + "/containers") {
      for words in [["rm", "--force", "--all"], ["gc"]] { _ = try? command(words).run() }
    }
    let outcome = try? Command("rm", ["-rf", "--one-file-system", directory]).run()
    if outcome?.status != 0 { Issue.record("cleaning up: \(outcome.map(\.description) ?? "no outcome")") }
  }

  /// The program with some arguments; the store is this one's.
  func command(_ arguments: [String], root: String? = nil) -> Command {
    var command = Command(Box.program, ["--root", root ?? self.root] + arguments)
    command.directory = directory
    // Files of the person's own: none but what the test puts there.
    command.environment["HOME"] = directory
    return command
  }

  /// Runs the program.
  func run(_ arguments: String..., root: String? = nil) throws -> Outcome {
    try command(arguments, root: root).run()
  }

  /// A runtime that does something of its own before swrun gets its words.
  ///
  /// - Parameters:
  ///   - script: A shell's; `$command` is the runtime's command, `$@` all words, `$SWRUN` swrun itself.
  /// - Returns: Its path.
  func makeRuntime(_ script: String) throws -> String {
    let path = directory + "/runtime"
    try File.write(
      """
      #!/bin/sh
      SWRUN=\(Runtime.program)
      for word; do case $word in run|create|start|delete|kill|list|exec) command=$word; break;; esac; done
      \(script)
      exec $SWRUN "$@"

      """, to: path, mode: 0o755)
    return path
  }

  /// Runs a script in the directory; `$SWBOX` is the program with its store.
  @discardableResult
  func shell(_ script: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    var command = Command("sh", ["-ec", script])
    command.directory = directory
    command.environment["SWBOX"] = "\(Box.program) --root \(root)"
    command.environment["HOME"] = directory
    let outcome = try command.run(timeout: .seconds(240))
    outcome.succeeds(sourceLocation: sourceLocation)
    return outcome.output
  }

  /// A small tree with every kind of file: `tree`.
  func makeTree() throws {
    try shell(
      """
      mkdir -p tree/bin tree/etc/app tree/var/empty tree/tmp; cd tree
      cp /bin/busybox bin/busybox; ln -s busybox bin/sh; chmod 4755 bin/busybox; chmod 1777 tmp
      echo one >etc/one; ln etc/one etc/again; echo two >etc/app/two; chown 1000:2000 etc/app/two
      mkfifo var/pipe; mknod var/null c 1 3; truncate -s 3M var/sparse; printf end >>var/sparse
      echo x >"etc/$(printf 'n\\303\\251me')"; echo y >"etc/$(printf '\\377raw')"
      python3 -c 'import os; os.setxattr("etc/one", "user.note", b"kept")'
      touch -d @1000000000 etc/one etc/app bin var/empty
      """)
  }

  /// An image of two layers made by umoci from the tree, in the layout `layout`: `base` and `changed`, which removes,
  /// replaces and adds.
  func makeLayout() throws {
    try makeTree()
    try shell(
      """
      umoci init --layout layout; umoci new --image layout:base
      umoci unpack --image layout:base bundle >/dev/null 2>&1; cp -a tree/. bundle/rootfs/
      umoci repack --image layout:base bundle >/dev/null 2>&1; rm -rf bundle
      umoci unpack --image layout:base bundle >/dev/null 2>&1; cd bundle/rootfs
      rm -r etc/app; mkdir etc/app; echo new >etc/app/three; rm var/pipe; mkdir var/pipe; echo z >var/pipe/z
      rm etc/again; ln -s one etc/again; rm bin/sh; echo more >>etc/one; cd ../..
      umoci repack --image layout:changed bundle >/dev/null 2>&1; rm -rf bundle
      umoci config --image layout:changed --config.cmd /bin/sh --config.env PATH=/bin
      """)
  }

  /// Every path below a directory, with kind, mode, owner, length, time, links, target, attributes and content.
  func listing(_ path: String) throws -> [String] {
    let script = """
      import hashlib, os, stat, sys
      os.chdir(sys.argv[1])
      for folder, folders, files in sorted(os.walk(b".")):
        for name in sorted(folders + files) + ([b""] if folder == b"." else []):
          path = os.path.join(folder, name)
          s = os.lstat(path)
          x = {n: os.getxattr(path, n, follow_symlinks=False) for n in os.listxattr(path, follow_symlinks=False)
               if not n.startswith(("trusted.overlay", "user.overlay", "user.rootlesscontainers"))}
          link = os.readlink(path) if stat.S_ISLNK(s.st_mode) else b""
          regular = stat.S_ISREG(s.st_mode)
          content = hashlib.sha256(open(path, "rb").read()).hexdigest() if regular else ""
          links = s.st_nlink if not stat.S_ISDIR(s.st_mode) else 0
          size = s.st_size if regular else 0
          print(path, oct(s.st_mode), s.st_uid, s.st_gid, size, s.st_mtime_ns, links, s.st_rdev, link, x, content)
      """
    let outcome = try Command("python3", ["-c", script, path]).run()
    outcome.succeeds()
    return outcome.lines
  }

  /// What `images --format json` tells.
  func images(root: String? = nil) throws -> [[String: Any]] {
    let outcome = try run("images", "--format", "json", root: root)
    outcome.succeeds()
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require(json as? [[String: Any]])
  }

  /// A member of the only image with a name.
  func image(_ name: String, _ member: String, root: String? = nil) throws -> String {
    let found = try images(root: root).filter { $0["name"] as? String == name }
    #expect(found.count == 1, "\(found)")
    return try #require(found.first?[member] as? String)
  }
}

extension Outcome {
  /// Expects swbox's own failure, and each of the texts on standard error.
  func refuses(saying texts: String..., sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(isPunctual && status == 125, "\(self)", sourceLocation: sourceLocation)
    for text in texts { #expect(errors.contains(text), "\(self)", sourceLocation: sourceLocation) }
  }
}
