internal import JSON

/// Steps as aci-packer writes them: a member `type`, in its newer versions `step`, names the step, and the others are its
/// options. `shell` and `ansible` run on the host, with nothing around them, and are refused.
///
/// https://github.com/kazuki/aci-packer
struct FormerSyntax {
  /// The member of the manifest that has the steps.
  static let key = "-aci-packer-build-steps-"

  let faults: BuildFileFaults

  /// One step may become several, where files come from the host and from the context directory.
  func steps(_ node: FileNode) -> [NamedStep] {
    guard var section = Section(node, faults) else { return [] }
    let name = section.string("name")
    let older = section.string("type")
    guard let keyword = older ?? section.string("step") else {
      section.missing("type")
      return []
    }
    guard let steps = steps(keyword, &section, isOlder: older != nil) else { return [] }
    section.finish()
    return steps.map { NamedStep(step: $0, name: name) }
  }

  private func steps(_ keyword: String, _ section: inout Section, isOlder: Bool) -> [BuildStep]? {
    switch keyword {
    case "image": return image(&section)
    case "setup_chroot": return [setup(&section)]
    case "cmd": return [command(&section, copies: isOlder)]
    case "copy", "copy_host_files": return files(&section)
    case "extract":
      let binaries = section.requiredStrings("binaries")
      return [.extract(ExtractStep(binaries: binaries, keep: section.strings("keeps") ?? []))]
    case "create_python_env":
      var step = PythonStep()
      step.python = section.string("python_exe") ?? step.python
      return [.pythonEnvironment(step)]
    case "symlink":
      guard let links = section.value("links") else { return [] }
      return [.symlink(SymlinkStep(links: links.stringPairs(faults)))]
    case "write":
      return [
        .write(WriteStep(path: section.requiredString("path"), content: section.requiredString("contents")))
      ]
    case "delete": return [.remove(RemoveStep(paths: section.requiredStrings("files")))]
    case "mkdir": return [.makeDirectories(DirectoriesStep(paths: section.requiredStrings("dirs")))]
    case "ld.so.cache":
      // The loader passes over entries of libraries that are not there.
      _ = (section.string("ldconfig"), section.bool("host_base"))
      let cache = "/etc/ld.so.cache"
      return [.hostFiles(HostFilesStep(files: [FilePair(from: cache, to: cache)]))]
    case "shell", "ansible":
      faults.add(
        section.place, "the step \(quoted(keyword)) would run on the host; a step \"cmd\" runs in the image")
      return nil
    default:
      faults.add(section.place, "the step \(quoted(keyword)) is unknown")
      return nil
    }
  }

  private func image(_ section: inout Section) -> [BuildStep]? {
    if let url = section.value("url") {
      faults.add(url.place, "nothing is fetched here: fetch the archive, and name it by \"path\"")
      return nil
    }
    return [.image(ImageStep(archive: section.requiredString("path")))]
  }

  private func setup(_ section: inout Section) -> BuildStep {
    .setup(
      SetupStep(
        resolvConf: section.bool("copy_resolvconf") ?? true, hosts: section.bool("copy_hosts") ?? true,
        proc: section.bool("mount_proc") ?? true, dev: section.bool("mount_dev") ?? true,
        sys: section.bool("mount_sys") ?? true,
        noServiceStarts: section.bool("make_debian_policy_rc") ?? false))
  }

  /// With the host's network, as it always was. The older form copies the program in unless it says not to; the newer form never does.
  private func command(_ section: inout Section, copies: Bool) -> BuildStep {
    let path = section.requiredString("path")
    let arguments = section.strings("args") ?? []
    guard section.bool("copy") ?? copies else {
      return .run(RunStep(command: [path] + arguments, network: "host"))
    }
    return .run(RunStep(command: arguments, script: path, network: "host"))
  }

  private func files(_ section: inout Section) -> [BuildStep] {
    var host = HostFilesStep()
    host.binaries = section.strings("binaries") ?? []
    host.executablesIn = section.strings("find_executable") ?? []
    host.excludes = section.strings("excludes") ?? []
    let files = section.value("files")?.stringPairs(faults) ?? []
    host.files = files.filter { $0.from.hasPrefix("/") }
    var steps: [BuildStep] = []
    if !host.binaries.isEmpty || !host.executablesIn.isEmpty || !host.files.isEmpty {
      steps.append(.hostFiles(host))
    }
    // Relative paths are files beside the build file.
    for pair in files where !pair.from.hasPrefix("/") {
      steps.append(.copy(CopyStep(from: [pair.from], to: pair.to)))
    }
    if steps.isEmpty { faults.add(section.place, "names no files") }
    return steps
  }
}
