internal import JSON

/// A step as it stands in the build file.
struct NamedStep: Sendable {
  var step: BuildStep
  /// What the build file calls it.
  var name: String?
}

/// Steps as an object with one member: `{run: apt-get update}`.
struct StepSyntax {
  let faults: BuildFileFaults

  private static let keywords = [
    "image", "setup", "run", "copy", "host-files", "extract", "python-env", "write", "symlink", "delete",
    "mkdir",
  ]

  func step(_ node: FileNode) -> NamedStep? {
    guard var section = Section(node, faults) else { return nil }
    let name = section.string("name")
    var found: [BuildStep] = []
    for keyword in StepSyntax.keywords {
      // `setup:` alone asks for what is usual.
      if keyword == "setup", case .mapping(let members) = node.content,
        let member = members.first(where: { $0.key == keyword }), case .null = member.value.content
      {
        _ = section.value(keyword)
        found.append(.setup(SetupStep()))
      } else if let value = section.value(keyword), let step = step(keyword, value) {
        found.append(step)
      }
    }
    section.finish()
    guard found.count <= 1 else {
      faults.add(node.place, "has \(found.count) steps, expected one")
      return nil
    }
    if found.isEmpty {
      if case .mapping(let members) = node.content,
        members.allSatisfy({ $0.key == "name" })
      {
        faults.add(node.place, "has no step: one of \(StepSyntax.keywords.joined(separator: ", "))")
      }
      return nil
    }
    return NamedStep(step: found[0], name: name)
  }

  private func step(_ keyword: String, _ node: FileNode) -> BuildStep? {
    switch keyword {
    case "image": image(node)
    case "setup": setup(node)
    case "run": run(node)
    case "copy": copy(node)
    case "host-files": hostFiles(node)
    case "extract": extract(node)
    case "python-env": python(node)
    case "write": write(node)
    case "symlink": symlink(node)
    case "delete": .remove(RemoveStep(paths: node.strings(faults)))
    default: directories(node)
    }
  }

  private func image(_ node: FileNode) -> BuildStep? {
    var step = ImageStep()
    if case .scalar = node.content {
      let text = node.string(faults) ?? ""
      let isArchive = text.hasPrefix(".") || text.hasPrefix("/")
      if isArchive { step.archive = text } else { step.name = text }
      return .image(step)
    }
    guard var section = Section(node, faults) else { return nil }
    step.name = section.string("name")
    step.archive = section.string("archive")
    section.finish()
    if (step.name == nil) == (step.archive == nil) {
      faults.add(node.place, "expected either \"name\" or \"archive\"")
    }
    return .image(step)
  }

  private func setup(_ node: FileNode) -> BuildStep? {
    guard var section = Section(node, faults) else { return nil }
    let usual = SetupStep()
    let step = SetupStep(
      resolvConf: section.bool("resolv-conf") ?? usual.resolvConf,
      hosts: section.bool("hosts") ?? usual.hosts, proc: section.bool("proc") ?? usual.proc,
      dev: section.bool("dev") ?? usual.dev, sys: section.bool("sys") ?? usual.sys,
      noServiceStarts: section.bool("no-service-starts") ?? usual.noServiceStarts, network: network(&section))
    section.finish()
    return .setup(step)
  }

  private func run(_ node: FileNode) -> BuildStep? {
    if case .mapping = node.content {
      guard var section = Section(node, faults) else { return nil }
      var step = RunStep()
      step.script = section.string("script")
      if let command = section.value("command") { step.command = words(command) }
      step.command += section.strings("args") ?? []
      step.environment = (section.pairs("env") ?? []).map { "\($0.name)=\($0.value)" }
      step.user = section.string("user")
      step.workingDirectory = section.string("working-dir")
      step.network = network(&section)
      section.finish()
      if step.script == nil, step.command.isEmpty {
        faults.add(node.place, "expected \"command\" or \"script\"")
      }
      return .run(step)
    }
    let words = words(node)
    if words.isEmpty { faults.add(node.place, "the command is empty") }
    return .run(RunStep(command: words))
  }

  private func network(_ section: inout Section) -> String? {
    guard let network = section.value("network"), let word = network.string(faults) else { return nil }
    if !["host", "none"].contains(word) {
      faults.add(network.place, "found \(quoted(word)), expected host or none")
    }
    return word
  }

  /// The words of a list, or those that let a shell run a text.
  private func words(_ node: FileNode) -> [String] {
    if case .scalar = node.content { return node.string(faults).map { ["/bin/sh", "-c", $0] } ?? [] }
    return node.strings(faults)
  }

  private func copy(_ node: FileNode) -> BuildStep? {
    if case .sequence = node.content {
      let paths = node.strings(faults)
      guard paths.count >= 2, let last = paths.last else {
        faults.add(node.place, "expected a list of sources with the target last")
        return nil
      }
      return .copy(CopyStep(from: Array(paths.dropLast()), to: last))
    }
    guard var section = Section(node, faults) else { return nil }
    var step = CopyStep()
    step.from = section.requiredStrings("from")
    step.to = section.requiredString("to")
    step.mode = section.mode("mode")
    if let owner = section.owner("owner") { (step.uid, step.gid) = (owner.uid, owner.gid) }
    section.finish()
    return .copy(step)
  }

  private func hostFiles(_ node: FileNode) -> BuildStep? {
    if case .sequence = node.content {
      return .hostFiles(HostFilesStep(binaries: node.strings(faults)))
    }
    guard var section = Section(node, faults) else { return nil }
    var step = HostFilesStep()
    step.binaries = section.strings("binaries") ?? []
    step.executablesIn = section.strings("executables-in") ?? []
    if let files = section.value("files") { step.files = files.stringPairs(faults) }
    step.excludes = section.strings("excludes") ?? []
    section.finish()
    checkAbsolute(step.binaries + step.executablesIn + step.files.map(\.from) + step.excludes, node)
    if step.binaries.isEmpty, step.executablesIn.isEmpty, step.files.isEmpty {
      faults.add(node.place, "names no files")
    }
    return .hostFiles(step)
  }

  private func checkAbsolute(_ paths: [String], _ node: FileNode) {
    for path in paths where !path.hasPrefix("/") {
      faults.add(node.place, "found \(quoted(path)), expected an absolute path of the host")
    }
  }

  private func extract(_ node: FileNode) -> BuildStep? {
    if case .sequence = node.content { return .extract(ExtractStep(binaries: node.strings(faults))) }
    guard var section = Section(node, faults) else { return nil }
    let step = ExtractStep(
      binaries: section.strings("binaries") ?? [], keep: section.strings("keep") ?? [])
    section.finish()
    if step.binaries.isEmpty, step.keep.isEmpty { faults.add(node.place, "nothing would be left") }
    return .extract(step)
  }

  private func python(_ node: FileNode) -> BuildStep? {
    if case .scalar = node.content {
      return .pythonEnvironment(PythonStep(python: node.string(faults) ?? ""))
    }
    guard var section = Section(node, faults) else { return nil }
    var step = PythonStep()
    step.python = section.string("python") ?? step.python
    step.sitePackages = section.bool("site-packages") ?? step.sitePackages
    section.finish()
    checkAbsolute([step.python], node)
    return .pythonEnvironment(step)
  }

  private func write(_ node: FileNode) -> BuildStep? {
    guard var section = Section(node, faults) else { return nil }
    var step = WriteStep()
    step.path = section.requiredString("path")
    step.content = section.value("content")?.text(faults) ?? ""
    step.mode = section.mode("mode") ?? step.mode
    if let owner = section.owner("owner") { (step.uid, step.gid) = (owner.uid, owner.gid) }
    section.finish()
    return .write(step)
  }

  private func symlink(_ node: FileNode) -> BuildStep? {
    if case .sequence = node.content { return .symlink(SymlinkStep(links: node.stringPairs(faults))) }
    guard var section = Section(node, faults) else { return nil }
    let link = FilePair(from: section.requiredString("target"), to: section.requiredString("path"))
    section.finish()
    return .symlink(SymlinkStep(links: [link]))
  }

  private func directories(_ node: FileNode) -> BuildStep? {
    guard case .mapping = node.content else {
      return .makeDirectories(DirectoriesStep(paths: node.strings(faults)))
    }
    guard var section = Section(node, faults) else { return nil }
    var step = DirectoriesStep()
    step.paths = section.requiredStrings("path")
    step.mode = section.mode("mode") ?? step.mode
    if let owner = section.owner("owner") { (step.uid, step.gid) = (owner.uid, owner.gid) }
    section.finish()
    return .makeDirectories(step)
  }
}
