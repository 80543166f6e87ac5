internal import ArgumentParser
internal import Glibc
internal import RuntimeErrors

// A caller that ignores the end of its children passes that on, and their exit status would be lost.
signal(SIGCHLD, SIG_DFL)

// Flags become an invocation, the invocation goes to ContainerRuntime, and errors are printed once: here.
try? StandardStreams.secure()
let arguments = Arguments.normalized(CommandLine.arguments)

guard let invocation = QuickReader.read(arguments) else { FullReader.run(arguments) }
do {
  exit(try invocation.perform())
} catch {
  Report.failure(error, invocation.global)
  exit(1)
}
