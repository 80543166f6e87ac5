internal import JSON
public import RuntimeErrors

/// A build file: steps in order, and what containers of the image are like.
public struct BuildFile: Sendable {
  var steps: [NamedStep] = []
  var defaults = ContainerDefaults()
  var author: String?
  var annotations: [(name: String, value: String)] = []
  /// The manifest of an App Container Image around the steps, in the older form.
  var manifest: JSONTree?
  /// The image's name, if the file gives one.
  public private(set) var tag: String?

  /// Reads a build file in JSON or YAML.
  ///
  /// - Parameters:
  ///   - name: What messages call it.
  ///   - variables: Values for those that the file declares.
  /// - Throws: One `invalidBuildFile` that lists all that is wrong, each with line and column, or in JSON with a
  ///   pointer.
  public init(parsing bytes: [UInt8], name: String, variables: [String: String] = [:]) throws(RuntimeError) {
    let faults = BuildFileFaults(file: name)
    let node = try FileNode.parse(bytes, name: name)
    if case .mapping(let members) = node.content, members.contains(where: { $0.key == FormerSyntax.key }) {
      guard variables.isEmpty else {
        throw RuntimeError(.invalidArgument, "--variable: a manifest of aci-packer has no variables")
      }
      readFormer(members, faults)
    } else {
      let values = try Variables(of: node, given: variables, faults)
      read(values.applied(to: node), faults)
    }
    try faults.check()
    guard !steps.isEmpty else { throw RuntimeError(.invalidBuildFile, "\(name): there are no steps") }
  }

  private mutating func read(_ node: FileNode, _ faults: BuildFileFaults) {
    guard var section = Section(node, faults) else { return }
    _ = section.value("variables")
    tag = section.string("tag")
    author = section.string("author")
    annotations = section.pairs("annotations") ?? []
    if let config = section.value("config") { defaults = ContainerDefaults(config, faults) }
    let syntax = StepSyntax(faults: faults)
    for step in list(&section, "steps") { if let step = syntax.step(step) { steps.append(step) } }
    section.finish()
  }

  private mutating func readFormer(_ members: [FileNode.Member], _ faults: BuildFileFaults) {
    let syntax = FormerSyntax(faults: faults)
    for member in members where member.key == FormerSyntax.key {
      guard case .sequence(let elements) = member.value.content else {
        faults.add(member.value.place, "found \(member.value.description), expected a list")
        continue
      }
      for element in elements { steps += syntax.steps(element) }
    }
    manifest = .object(
      members.filter { $0.key != FormerSyntax.key }.map { .init(key: $0.key, value: $0.value.tree) })
  }

  private func list(_ section: inout Section, _ key: String) -> [FileNode] {
    guard let node = section.value(key) else {
      section.missing(key)
      return []
    }
    if case .sequence(let elements) = node.content { return elements }
    section.faults.add(node.place, "found \(node.description), expected a list")
    return []
  }
}

/// Texts that a build file has names for: `${NAME}` stands for one, wherever a value is, if the file declares it.
struct Variables {
  private var values: [String: String] = [:]

  /// - Parameters:
  ///   - given: In place of what the file declares.
  init(of node: FileNode, given: [String: String], _ faults: BuildFileFaults) throws(RuntimeError) {
    if case .mapping = node.content, var section = Section(node, faults) {
      for (name, value) in section.pairs("variables") ?? [] { values[name] = value }
    }
    for (name, value) in given {
      guard values[name] != nil else {
        let known = values.keys.sorted().joined(separator: ", ")
        throw RuntimeError(
          .invalidArgument, "--variable: the build file declares no \(quoted(name))",
          hint: known.isEmpty ? nil : "it declares \(known)")
      }
      values[name] = value
    }
  }

  func applied(to node: FileNode) -> FileNode {
    guard !values.isEmpty else { return node }
    var node = node
    switch node.content {
    case .null: break
    case .scalar(let text, let isPlain): node.content = .scalar(applied(to: text), isPlain: isPlain)
    case .sequence(let elements): node.content = .sequence(elements.map { applied(to: $0) })
    case .mapping(let members):
      node.content = .mapping(
        members.map { member in
          var member = member
          if member.key != "variables" { member.value = applied(to: member.value) }
          return member
        })
    }
    return node
  }

  /// One pass from the left: what a value holds is not looked at again.
  private func applied(to text: String) -> String {
    var result = ""
    var rest = Substring(text)
    while let start = rest.firstRange(of: "${") {
      result += rest[..<start.lowerBound]
      let behind = rest[start.upperBound...]
      if let end = behind.firstIndex(of: "}"), let value = values[String(behind[..<end])] {
        result += value
        rest = behind[behind.index(after: end)...]
      } else {
        result += "${"
        rest = behind
      }
    }
    return result + rest
  }
}

extension FileNode {
  /// As JSON; plain words of YAML are what JSON takes them for.
  var tree: JSONTree {
    switch content {
    case .null: .null
    case .scalar(let text, let isPlain):
      if isPlain, text == "true" || text == "false" {
        .bool(text == "true")
      } else if isPlain, Int64(text) != nil {
        .number(text)
      } else {
        .string(text)
      }
    case .sequence(let elements): .array(elements.map(\.tree))
    case .mapping(let members): .object(members.map { .init(key: $0.key, value: $0.value.tree) })
    }
  }
}
