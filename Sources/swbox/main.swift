internal import Containers
internal import Glibc

// A reader who went away is an error of that write, and no reason to leave work undone.
signal(SIGPIPE, SIG_IGN)
// What is opened later must not become a standard stream that the caller closed. Not for writing: output that nobody
// gets must not look like success.
for number in CInt(0)...2 where fcntl(number, F_GETFD) < 0 { _ = open("/dev/null", O_RDONLY) }
let words = OwnNamespace.adopt(Array(CommandLine.arguments.dropFirst()))
if words.first == Launch.word { exit(Launch.supervise(Array(words.dropFirst()))) }
if let failure = CommandLineReader.refuseBytes() { exit(failure) }
exit(CommandLineReader.run(words))
