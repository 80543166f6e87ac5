import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// The words that docker and podman look for in a failed start, also by case.
@Suite("programs that cannot be run")
struct CommandErrorTests {
  let runtime = Runtime()

  /// Fails in `run`, and in `create` or `start`.
  private func expectFailure(
    _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation,
    of configure: (inout Config) -> Void,
    prepare: (TestBundle) throws -> Void = { _ in }
  ) throws {
    let container = try runtime.container { configure(&$0) }
    try prepare(container.bundle)
    let run = try container.run()
    let created = try container.create()
    let start = created.status == 0 ? try container.start() : created
    for outcome in [run, start] {
      outcome.fails(sourceLocation: sourceLocation)
      for word in words {
        #expect(outcome.errors.contains(word), "\(outcome)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test("a name that is not on the PATH")
  func notOnPath() throws {
    try expectFailure("exec: \"nonesuch\": executable file not found in $PATH") { $0.run("nonesuch") }
  }

  @Test("a path that does not exist")
  func noSuchPath() throws {
    try expectFailure("\"/bin/nonesuch\"", "no such file or directory") { $0.run("/bin/nonesuch") }
  }

  @Test("a relative path that does not exist")
  func noSuchRelativePath() throws {
    try expectFailure("\"./nonesuch\"", "no such file or directory") { $0.run("./nonesuch") }
  }

  @Test("an empty name")
  func emptyName() throws {
    try expectFailure("/process/args/0", "empty") { $0.run("") }
  }

  @Test("a file that is not executable")
  func notExecutable() throws {
    try expectFailure("\"/etc/passwd\"", "permission denied") { $0.run("/etc/passwd") }
  }

  @Test("a directory")
  func directory() throws {
    try expectFailure("\"/etc\"", "permission denied", "is a directory") { $0.run("/etc") }
  }

  @Test("a path through a file")
  func throughFile() throws {
    try expectFailure("\"/etc/passwd/x\"", "not a directory") { $0.run("/etc/passwd/x") }
  }

  @Test("a script with a missing interpreter")
  func badInterpreter() throws {
    try expectFailure(
      "\"/script\"",
      "bad interpreter",
      "\"/no/such/interpreter\"",
      "no such file or directory",
      of: { $0.run("/script") },
      prepare: { try $0.addScript("script", "#!/no/such/interpreter -x\n") }
    )
  }

  @Test("a file in no executable format")
  func execFormat() throws {
    try expectFailure(
      "\"/data\"",
      "exec format error",
      of: { $0.run("/data") },
      prepare: { try $0.addScript("data", "just text\n") }
    )
  }

  @Test("a program whose dynamic loader is missing")
  func missingLoader() throws {
    try expectFailure(
      "\"/bin/dynamic\"",
      "no such file or directory",
      "loader",
      of: { $0.run("/bin/dynamic") },
      prepare: { try FileManager.default.copyItem(atPath: "/usr/bin/true", toPath: $0.inside("bin/dynamic")) }
    )
  }

  @Test("a program that its user may not execute")
  func notForUser() throws {
    try expectFailure(
      "\"/private\"",
      "permission denied",
      of: { config in
        config.run("/private")
        config.process?.user = User(uid: 1000, gid: 1000)
      },
      prepare: { try File.write("#!/bin/sh\n", to: $0.inside("private"), mode: 0o700) }
    )
  }

  @Test("a PATH entry that is not executable gives way to a later one that is")
  func laterEntry() throws {
    let container = try runtime.container { config in
      config.run("tool")
      config.process?.env = ["PATH=/first:/etc/passwd:/second"]
    }
    for directory in ["first", "second"] { try File.makeDirectory(container.bundle.inside(directory)) }
    try File.write("#!/bin/sh\necho first\n", to: container.bundle.inside("first/tool"), mode: 0o644)
    try container.bundle.addScript("second/tool", "#!/bin/sh\necho second\n")
    #expect(try container.run().succeeds().output == "second\n")
  }

  @Test("a working directory that is a file")
  func cwdIsFile() throws {
    try expectFailure("/process/cwd", "not a directory") { $0.process?.cwd = "/etc/passwd" }
  }

  @Test("a working directory that its user may not enter")
  func cwdIsPrivate() throws {
    try expectFailure(
      "/process/cwd",
      "permission denied",
      of: { config in
        config.process?.cwd = "/secret"
        config.process?.user = User(uid: 1000, gid: 1000)
      },
      prepare: { bundle in mkdir(bundle.inside("secret"), 0o700) }
    )
  }

  @Test("a working directory that is missing is made")
  func cwdIsMade() throws {
    let container = try runtime.container { config in
      config.run("pwd")
      config.process?.cwd = "/new/place"
    }
    #expect(try container.run().succeeds().output == "/new/place\n")
  }
}
