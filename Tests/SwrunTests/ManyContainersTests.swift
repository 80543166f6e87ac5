import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Everything that is done to containers, to many of them at once.
@Suite("two hundred containers", .serialized)
struct ManyContainersTests {
  let runtime = Runtime()

  /// What one process does with its 25 containers, which all live at once.
  private static let script = """
    set -e
    swrun() { "$PROGRAM" --root "$ROOT" "$@"; }
    containers() { n=1; while [ $n -le 25 ]; do echo "$PREFIX$n"; n=$((n + 1)); done; }
    for c in $(containers); do
      swrun create --bundle "$BUNDLE" "$c" </dev/null >/dev/null
      swrun start "$c"
    done
    for c in $(containers); do
      [ "$(swrun exec "$c" sh -c 'echo $$ > /dev/null; hostname')" = many ]
      status=0; swrun exec "$c" sh -c 'exit 7' || status=$?; [ $status = 7 ]
      swrun pause "$c"
      swrun state "$c" | grep -q '"status": "paused"'
      swrun resume "$c"
      swrun update --pids-limit 33 --memory 64m "$c"
      swrun exec "$c" true
    done
    for c in $(containers); do
      swrun kill "$c" KILL
      swrun delete --force "$c"
    done
    echo done
    """

  @Test("eight processes create, exec into, pause, resume, update and delete two hundred, without an error")
  func everything() throws {
    let workers = try (1...8).map { worker in
      let container = try runtime.container("w\(worker)-") { config in
        config.wait()
        config.hostname = "many"
        // Each has a cgroup by its own name.
        config.changeLinux { $0.cgroupsPath = nil }
      }
      var command = Command("sh", ["-c", ManyContainersTests.script])
      command.environment["PROGRAM"] = Runtime.program
      command.environment["ROOT"] = runtime.root
      command.environment["BUNDLE"] = container.bundle.path
      command.environment["PREFIX"] = container.id
      return try command.start()
    }
    for worker in workers {
      let outcome = worker.wait(timeout: .seconds(300)).succeeds()
      #expect(outcome.output == "done\n" && outcome.errors == "")
    }
    #expect(try runtime.listedIDs() == [])
    #expect(Leftovers(tag: runtime.tag, stateDirectory: runtime.root).isEmpty)
  }
}
