import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Tests that save containers and restore them, with images in a directory of the test's own.
protocol CheckpointSuite {
  var runtime: Runtime { get }
}

extension CheckpointSuite {
  var images: String { runtime.directory + "/images" }

  /// A container that counts in a file.
  func counter(_ configure: (inout Config) -> Void = { _ in }) throws -> Container {
    try runtime.container { config in
      config.shell("n=0; while :; do n=$((n+1)); echo $n > /count; sleep 0.01; done")
      configure(&config)
    }
  }

  func count(_ container: Container) -> Int {
    Int(File.text(container.bundle.inside("count")).trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  func checkpoint(_ container: Container, _ options: String...) throws -> Outcome {
    try command("checkpoint", container.id, options).run()
  }

  func restore(_ container: Container, as id: String? = nil, _ options: String...) throws -> Outcome {
    try command("restore", id ?? container.id, ["--detach", "--bundle", container.bundle.path] + options)
      .run()
  }

  func command(_ name: String, _ id: String, _ options: [String]) -> Command {
    runtime.command(
      [name, "--image-path", images] + options + [id], global: ["--criu", Criu.program ?? "criu"])
  }

  func start(_ container: Container) throws {
    try container.createAndStart()
    try #require(eventually { count(container) > 0 })
  }
}
