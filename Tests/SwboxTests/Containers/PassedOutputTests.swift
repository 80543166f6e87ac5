import Foundation
import TestSupport
import Testing

@Suite("what a container's program writes")
struct PassedOutputTests {
  private let host: ContainerBox
  private let run: String

  init() throws {
    host = try ContainerBox()
    run = "$SWBOX run --runtime \(Runtime.program) --rm bb"
  }

  @Test("reaches a reader who takes his time, of run and of exec")
  func slowReader() throws {
    try host.run("-d", "--name", "c", "bb", "sleep", "100")
    for words in [run, "$SWBOX exec c"] {
      let counted = try host.box.shell(
        "(\(words) sh -c 'yes | head -c 150000'; echo $? >status) | (sleep 12; wc -c); grep -qx 0 status")
      #expect(counted.trimmingCharacters(in: .whitespacesAndNewlines) == "150000", "\(words)")
    }
  }

  @Test("and cannot be passed on makes swbox fail, and the program learn of it")
  func fullDisk() throws {
    try host.run("-d", "--name", "c", "bb", "sleep", "100")
    for words in [run, "$SWBOX exec c"] {
      let outcome = try host.box.shell(
        "set +e; \(words) sh -c 'yes | head -c 3000000' >/dev/full 2>errors; echo $?; cat errors")
      #expect(outcome.hasPrefix("125\n"), "\(outcome)")
      #expect(
        outcome.contains("passing on what the command wrote") && outcome.contains("ENOSPC"), "\(outcome)")
    }
    #expect(try host.list().count == 1)
  }

  @Test("does not matter to one who left")
  func gone() throws {
    let outcome = try host.box.shell(
      "(set +e; \(run) sh -c 'yes; exit 3'; echo $? >status) | head -n 1; cat status")
    #expect(outcome == "y\n3\n")
    #expect(try host.list().isEmpty)
  }

  @Test("a signal ends the wait for a reader who does not read")
  func interrupted() throws {
    let script = "exec \(run) sh -c 'yes | head -c 150000; echo done >&2'"
    var command = Command("sh", ["-c", script])
    command.directory = host.directory
    command.environment["SWBOX"] = "\(Box.program) --root \(host.box.root)"
    let pipe = try TestPipe()
    command.output = .descriptor(pipe.writing)
    let running = try command.start()
    #expect(eventually { canBeRead(pipe.reading, within: .milliseconds(10)) })
    #expect(
      eventually {
        running.signal(SIGTERM)
        return running.hasEnded
      })
    #expect(try host.list().isEmpty)
  }

  @Test("a runtime that says much does not stop, and its error has the cause")
  func talkativeRuntime() throws {
    let name = String(repeating: "a", count: 70_000)
    try host.run("--rm", "--sysctl", "\(name)=1", "bb", "true").refuses(saying: "sysctl")
    #expect(try host.list().isEmpty)
  }
}

@Suite("options of swbox run that are mistaken")
struct MistakenOptionTests {
  @Test(
    "are refused with what they may be, not passed over",
    arguments: [
      (["-v", "/tmp:/h:readonly"], "unknown option \"readonly\" of the mount at \"/h\""),
      (["-v", "/tmp:/h:RO"], "unknown option \"RO\""), (["--rbind", "/tmp:/h:nosuuid"], "unknown option"),
      (["--mount", "src=/tmp,dst=/h,bind-propagation=bogus"], "unknown part \"bind-propagation=bogus\""),
      (["--tmpfs", "/h:siz=1m"], "unknown option \"siz=1m\""), (["--memory-swap", "64M"], "--memory-swap"),
      (["--hostname", "a\nb"], "--hostname"), (["--hostname", ""], "--hostname"), (["-e", ""], "--env"),
      (["-e", "=x"], "--env"), (["--stop-signal", "0"], "--stop-signal"),
    ] as [([String], String)])
  func refused(_ options: [String], _ message: String) throws {
    let host = try ContainerBox()
    try host.runCommand(["--rm"] + options + ["bb", "true"]).run().refuses(saying: message)
    #expect(try host.list().isEmpty)
  }

  @Test("words and variables that are no text are refused, not changed")
  func bytes() throws {
    let host = try ContainerBox()
    let said = try host.box.shell(
      """
      raw=$(printf 'a\\377b'); export raw; run="$SWBOX run --runtime \(Runtime.program) --rm"
      printf 'A=%s\\n' "$raw" >vars; exec 2>&1
      $run bb echo "$raw" || echo refused $?
      $run -e "A=$raw" bb true || echo refused $?
      $run -e raw bb true || echo refused $?
      $run --env-file vars bb true || echo refused $?
      $SWBOX cp "$raw" c:/ || echo refused $?
      $run -e "A=ä𝄞" bb sh -c 'printf "$A" | wc -c; printf "a\\377b" | od -An -tx1; echo "$1"' sh é
      """)
    #expect(said.split(separator: "refused 125\n").count == 6, "\(said)")
    #expect(said.contains("is no UTF-8\n") && !said.contains("\u{fffd}\n"), "\(said)")
    #expect(
      said.contains("--env: the value of raw is no UTF-8") && said.contains("vars is no UTF-8"), "\(said)")
    #expect(said.hasSuffix("6\n 61 ff 62\né\n"), "\(said)")
  }

  @Test("help is given wherever it is asked for")
  func help() throws {
    let box = try Box()
    for words in [["run", "--help"], ["run", "--rm", "-h"], ["exec", "--help"], ["enter", "-h"]] {
      #expect(try box.command(words).run().succeeds().output.contains("USAGE: swbox \(words[0])"), "\(words)")
    }
  }

  @Test("a privileged container loses what is dropped by name, and all if all is")
  func privileged() throws {
    let host = try ContainerBox()
    let script = "grep CapEff /proc/self/status"
    func effective(_ options: String...) throws -> String {
      String(
        try host.runCommand(["--rm", "--privileged"] + options + ["bb", "sh", "-c", script]).run().succeeds()
          .output.dropFirst(8).dropLast())
    }
    #expect(try effective("--cap-drop", "ALL") == "0000000000000000")
    #expect(try effective("--cap-drop", "ALL", "--cap-add", "CHOWN") == "0000000000000001")
    #expect(try UInt64(effective("--cap-drop", "CHOWN"), radix: 16).map { $0 & 1 } == 0)
  }

  @Test("an image's labels are no orders to the runtime, the person's own are passed on")
  func annotations() throws {
    let host = try ContainerBox()
    try host.run("--name", "c", "bb", "true").succeeds()
    try host.swbox("commit", "--change", "LABEL run.oci.handler=x", "c", "labelled").succeeds()
    let text = try host.run("--dry-run", "-l", "mine=1", "labelled", "true").succeeds().output
    #expect(!text.contains("run.oci.handler") && text.contains("\"mine\": \"1\""))
  }
}
