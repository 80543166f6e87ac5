internal import ArgumentParser
internal import Glibc
internal import RuntimeErrors

/// Reads any command line with ArgumentParser, and does what it says.
enum FullReader {
  /// Ends the program.
  static func run(_ arguments: [String]) -> Never {
    var global = GlobalSettings()
    do {
      var command = try Swrun.parseAsRoot(arguments)
      global = (command as? any InvokedCommand)?.parent.global.settings ?? global
      try command.run()
      exit(0)
    } catch let error as RuntimeError {
      Report.failure(error, global)
      exit(1)
    } catch let status as ExitCode {
      exit(status.rawValue)
    } catch {
      Report.usage(error)
    }
  }
}
