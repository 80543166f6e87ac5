internal import ArgumentParser
internal import Glibc

// Flags become a request, the request goes to ContainerRuntime, and errors are printed once: here.
do {
  var command = try Swrun.parseAsRoot(Arguments.normalized(CommandLine.arguments))
  try command.run()
} catch let failure as Report.Failure {
  Report.failure(failure)
  exit(1)
} catch let status as ExitCode {
  exit(status.rawValue)
} catch {
  Report.usage(error)
}
