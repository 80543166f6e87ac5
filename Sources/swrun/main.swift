internal import Glibc

// A caller that ignores the end of its children passes that on, and their exit status would be lost.
signal(SIGCHLD, SIG_DFL)

// Flags become an invocation, the invocation goes to ContainerRuntime, which prints errors once.
try? StandardStreams.secure()
let words = Array(CommandLine.arguments.dropFirst())
guard let invocation = QuickReader.read(Arguments.normalized(words)) else { FullReader.run(words) }
exit(invocation.execute())
