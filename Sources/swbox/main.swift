internal import Containers
internal import Glibc

// A reader who went away is an error of that write, and no reason to leave work undone.
signal(SIGPIPE, SIG_IGN)
let words = Array(CommandLine.arguments.dropFirst())
if words.first == Launch.word { exit(Launch.supervise(Array(words.dropFirst()))) }
exit(CommandLineReader.run(words))
