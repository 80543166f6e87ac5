internal import Cgroups
public import ContainerStore
internal import Glibc
internal import LinuxKernel
public import RuntimeErrors

/// `ps`: the processes in a container's cgroups, those of `exec` and nested cgroups too; without cgroups, those
/// in its pid namespace.
public enum ProcessList {
  /// Their pids in the runtime's pid namespace; none if the container is stopped. Waits for nobody.
  public static func pids(of id: ContainerID, store: Store) throws(RuntimeError) -> [Int32] {
    let record = try store.open(id).requireRecord()
    guard let cgroup = record.cgroup else { return try record.processesByNamespace() }
    return try cgroup.makeManager().processes()
  }

  /// What the host's ps(1) says of them: its header, and their lines.
  ///
  /// - Parameters:
  ///   - options: Of ps; `-ef` if there are none. They must show the column PID.
  public static func table(
    of id: ContainerID, options: [String], store: Store
  ) throws(RuntimeError) -> String {
    let pids = Set(try pids(of: id, store: store))
    let output = try HostProgram.output(of: "ps", options.isEmpty ? ["-ef"] : options)
    return try select(pids, from: output)
  }

  /// The header and the lines of some processes.
  ///
  /// - Parameters:
  ///   - output: What ps printed.
  static func select(_ pids: Set<Int32>, from output: String) throws(RuntimeError) -> String {
    let lines = output.split(separator: "\n")
    guard let header = lines.first, let column = fields(header).firstIndex(of: "PID") else {
      throw RuntimeError(
        .invalidArgument, "ps shows no column PID with these options", hint: "add it: -o pid,args")
    }
    var text = "\(header)\n"
    for line in lines.dropFirst() where line != header {
      let fields = fields(line)
      guard fields.indices.contains(column), let pid = Int32(fields[column]) else {
        throw RuntimeError(
          .invalidArgument, "ps has no number in the column PID: \(line)",
          hint: "let the columns that can have spaces in them follow PID")
      }
      if pids.contains(pid) { text += "\(line)\n" }
    }
    return text
  }

  private static func fields(_ line: Substring) -> [Substring] {
    line.split(omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
  }
}

/// A program of the host that the runtime asks something.
enum HostProgram {
  private static let usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  private static let longestOutput = 64 << 20

  /// Runs a program of the caller's PATH in the caller's environment, and waits for its end.
  ///
  /// - Returns: What it wrote to its standard output and standard error.
  /// - Throws: `invalidArgument` with that text if its exit status is not 0.
  static func output(
    of name: String, _ arguments: [String], alsoUsual: Bool = false
  ) throws(RuntimeError) -> String {
    let environment = inheritedEnvironment()
    let program = try find(name, alsoUsual: alsoUsual)
    let output = try Kernel.makeMemoryFile(name: name, contents: [])
    let words = CStrings([name] + arguments)
    let variables = CStrings(environment)
    let status: Int32
    switch try Kernel.clone(0) {
    case .child: execute(program, words, variables, output: output.number)
    case .parent(let pid, _): status = try Kernel.wait(for: pid)
    }
    try Kernel.rewind(output.number)
    let text = String(
      decoding: try Kernel.readAll(output.number, limit: longestOutput, name: name), as: UTF8.self)
    guard status == 0 else {
      let said = text.split(separator: "\n").joined(separator: "\n")
      throw RuntimeError(.invalidArgument, "\(program) exited with status \(status): \(said)")
    }
    return text
  }

  /// The child: becomes the program.
  private static func execute(
    _ path: String, _ arguments: CStrings, _ environment: CStrings, output: CInt
  ) -> Never {
    do {
      try Kernel.dieWithParent()
      try Kernel.duplicate(output, as: 1)
      try Kernel.duplicate(output, as: 2)
      Signal.resetAll()
      try Kernel.execute(path, arguments, environment)
    } catch {
      try? Kernel.writeAll(output, Array(error.description.utf8), name: "output")
    }
    _exit(127)
  }

  /// A program's path, along the caller's PATH.
  ///
  /// - Parameters:
  ///   - alsoUsual: Whether it may also be where programs usually are: engines call with a reduced PATH.
  static func find(_ name: String, alsoUsual: Bool = false) throws(RuntimeError) -> String {
    var path = getenv("PATH").map { String(cString: $0) } ?? usualPath
    if alsoUsual { path += ":" + usualPath }
    for directory in path.split(separator: ":") where directory.hasPrefix("/") {
      let program = "\(directory)/\(name)"
      if Kernel.mayExecute(program) { return program }
    }
    throw RuntimeError(.unsupported, "there is no \(name) in $PATH", hint: "PATH is \(path)")
  }

  /// The caller's environment.
  static func inheritedEnvironment() -> [String] {
    var variables: [String] = []
    var next = environ
    while let variable = next.pointee {
      variables.append(String(cString: variable))
      next += 1
    }
    return variables
  }
}
