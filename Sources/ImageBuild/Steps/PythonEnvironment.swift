internal import ImageLayers
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

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
    let answer = try Program(step.python, ["-I", "-S", "-c", question]).run()
    guard answer.status == 0, let document = try? JSONDocument(parsing: answer.output) else {
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
