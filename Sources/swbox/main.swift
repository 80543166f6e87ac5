internal import Glibc

// A reader who went away is an error of that write, and no reason to leave work undone.
signal(SIGPIPE, SIG_IGN)
exit(CommandLineReader.run(Array(CommandLine.arguments.dropFirst())))
