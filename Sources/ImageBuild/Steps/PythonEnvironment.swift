internal import Glibc
internal import ImageLayers
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// `python-env`: the host's interpreter, its standard library, and what both are linked with, at the host's paths.
struct PythonEnvironment {
  /// What the interpreter tells of itself.
  private struct Layout: JSONObject {
    var executable = ""
    var libraries: [String] = []
    var packages: [String] = []

    mutating func members(_ json: inout JSONExchange) {
      json.member("executable", &executable)
      json.member("libraries", &libraries)
      json.member("packages", &packages)
    }
  }

  private static let question = """
    import json, os, site, sys, sysconfig
    paths = sysconfig.get_paths()
    libraries = sorted({os.path.realpath(paths[n]) for n in ("stdlib", "platstdlib")})
    packages = {paths["purelib"], paths["platlib"], *site.getsitepackages()}
    print(json.dumps({"executable": os.path.realpath(sys.executable), "libraries": libraries,
      "packages": sorted(p for p in packages if os.path.isdir(p))}))
    """

  /// Names of directories that no program needs.
  private static let superfluous = ["**/__pycache__", "**/test", "**/tests", "**/idlelib", "**/turtledemo"]

  /// The same as files of the host.
  static func files(_ step: PythonStep) throws(RuntimeError) -> HostFilesStep {
    let answer = try HostProgram.output(of: [step.python, "-I", "-S", "-c", question])
    guard let document = try? JSONDocument(parsing: answer) else {
      throw RuntimeError(.stepFailed, "\(step.python) does not tell where its library is: is it Python 3?")
    }
    let layout = JSONReader.decode(Layout.self, from: document).value
    var result = HostFilesStep(binaries: [step.python])
    result.files = layout.libraries.map { FilePair(from: $0, to: $0) }
    result.excludes = superfluous
    if step.sitePackages {
      result.files += layout.packages.filter { package in
        !layout.libraries.contains { package.hasPrefix($0 + "/") }
      }.map { FilePair(from: $0, to: $0) }
    } else {
      result.excludes += ["**/site-packages", "**/dist-packages"]
    }
    return result
  }

  /// Names that programs expect: `python3`, `python`.
  static func links(_ step: PythonStep) -> [StepFile] {
    let path = StepFile.components(Array(step.python.utf8))
    return ["python3", "python"].compactMap { name in
      let place = Array(path.dropLast()) + [Array(name.utf8)]
      return place == path ? nil : StepFile(place, .symbolicLink, target: path.last ?? [])
    }
  }
}

/// A program of the host that answers a question.
enum HostProgram {
  /// The most that is read of an answer, in bytes.
  private static let mostOutput = 1 << 20

  /// Runs a program without input, and waits for its end.
  ///
  /// - Parameters:
  ///   - words: Its absolute path, and arguments.
  /// - Throws: `stepFailed` if it cannot be run or fails.
  static func output(of words: [String]) throws(RuntimeError) -> [UInt8] {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw RuntimeError(systemCall: "pipe", errno: Errno(rawValue: errno))
    }
    let reading = Descriptor(owning: ends[0])
    let writing = Descriptor(owning: ends[1])
    for end in ends { try Kernel.setCloseOnExec(end, true) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, writing.number, 1)
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = [
      strdup("PATH=/usr/bin:/bin"), strdup("LC_ALL=C.UTF-8"), nil,
    ]
    defer { for text in arguments + environment { free(text) } }
    var pid = pid_t()
    let status = posix_spawn(&pid, words[0], &actions, nil, &arguments, &environment)
    guard status == 0 else {
      throw RuntimeError(.stepFailed, "\(words[0]) cannot be run: \(String(cString: strerror(status)))")
    }
    writing.close()
    let bytes = try Kernel.readAll(reading.number, limit: mostOutput, name: words[0])
    let end = try Kernel.wait(for: pid)
    guard end == 0 else { throw RuntimeError(.stepFailed, "\(words[0]) ended with \(end)") }
    return bytes
  }
}
