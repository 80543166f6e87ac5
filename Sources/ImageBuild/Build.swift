internal import Glibc
internal import ImageLayers
public import ImageStore
internal import JSON
public import LinuxKernel
public import OCIImage
public import RuntimeErrors

/// How a build goes, whatever its file says.
public struct BuildOptions {
  /// Of the layers that are made.
  public var compression = Compression.gzip
  /// Whether what a step made before is taken instead of making it again.
  public var usesCache = true
  /// The time of the image and of its newest files, in seconds since 1970.
  ///
  /// https://reproducible-builds.org/specs/source-date-epoch/
  public var epoch = 0
  /// Gets what is no error.
  public var warn: (String) -> Void = { _ in }
  /// Gets each step before it is made, once it is known whether the cache has it.
  public var progress: (BuildProgress) -> Void = { _ in }

  /// The usual ones.
  public init() {}
}

/// Where a build is.
public struct BuildProgress: Sendable {
  /// From 1 on.
  public var number: Int
  /// How many steps there are.
  public var count: Int
  /// What the step is, in a line.
  public var summary: String
  /// Whether it was made before.
  public var isCached: Bool
}

/// Makes an image, step by step. The same steps on the same files give the same image.
public final class Build {
  let store: ImageStore
  let context: ContextFiles
  let options: BuildOptions
  let commands: any CommandRunner
  /// What is there so far.
  var image = ImageDraft()
  /// What commands find.
  var setup = SetupStep()
  /// The step that is taken now.
  private var current = BuildProgress(number: 0, count: 0, summary: "", isCached: false)

  /// - Parameters:
  ///   - context: The directory that steps may take files from.
  ///   - commands: Runs the commands of `run` steps.
  public init(
    in store: ImageStore, context: consuming Descriptor, commands: any CommandRunner, _ options: BuildOptions
  ) throws(RuntimeError) {
    self.store = store
    self.context = try ContextFiles(context)
    self.commands = commands
    self.options = options
  }

  /// Takes the steps of a file.
  ///
  /// - Returns: The manifest's descriptor. The image has no name yet.
  public func run(_ file: BuildFile) throws(RuntimeError) -> ContentDescriptor {
    let former = try file.manifest.map { (manifest) throws(RuntimeError) in try FormerManifest(manifest) }
    for (index, placed) in file.steps.enumerated() {
      let summary = placed.name.map { "\(placed.step.keyword) \($0)" } ?? placed.step.summary
      current = BuildProgress(number: index + 1, count: file.steps.count, summary: summary, isCached: false)
      let step = placed.step
      try during("step \(index + 1), \(step.keyword)") { () throws(RuntimeError) in
        try take(step, isFirst: index == 0)
      }
    }
    guard !image.layers.isEmpty else {
      throw RuntimeError(.invalidBuildFile, "no step makes a layer")
    }
    former?.apply(to: &image, warn: options.warn)
    file.apply(to: &image)
    image.created = time
    return try image.keep(in: store)
  }

  /// Of all that the image tells. RFC 3339
  private var time: String { TimeOfDay(seconds: options.epoch).text() }

  private func entry(of step: BuildStep) -> ImageConfig.History {
    .init(created: time, createdBy: "swbox build: \(step.summary)")
  }

  /// Tells of the step that is taken now.
  func announce(isCached: Bool) {
    current.isCached = isCached
    options.progress(current)
  }

  private func take(_ step: BuildStep, isFirst: Bool) throws(RuntimeError) {
    switch step {
    case .setup(let setup):
      announce(isCached: false)
      self.setup = setup
      var entry = entry(of: step)
      entry.emptyLayer = true
      image.add(entry)
    case .image(let source):
      if let name = source.name { return try begin(with: name, isFirst) }
      try unpack(source.archive ?? "", step)
    case .copy(let copy): try bring(context.files(of: copy), step)
    case .write, .symlink, .remove, .makeDirectories: try bring(try files(of: step), step)
    case .hostFiles(let files): try bring(files, [], step)
    case .pythonEnvironment(let python):
      try bring(PythonEnvironment.files(python), PythonEnvironment.links(python), step)
    case .run(let run): try execute(run, step)
    case .extract(let extract): try reduce(extract, step)
    }
  }

  /// Takes a layer from the cache, or makes it.
  ///
  /// - Parameters:
  ///   - inputs: The digest of what the step takes from outside of the image.
  ///   - replacing: Whether the layer is all that is left of the image.
  func layer(
    _ step: BuildStep, inputs: [String], replacing: Bool = false,
    _ make: () throws(RuntimeError) -> PackedLayer
  ) throws(RuntimeError) {
    let key = StepKey(
      chain: Digest.chain(image.config.rootfs.diffIDs)?.text, step: step.keyword,
      options: String(decoding: step.json, as: UTF8.self),
      inputs: inputs, compression: options.compression.rawValue, epoch: options.epoch)
    let digest = Digest(of: JSONWriter().encode(key))
    let known = options.usesCache ? try store.builtLayer(digest) : nil
    announce(isCached: known != nil)
    let layer = if let known { known } else { try make() }
    if replacing { image.removeLayers() }
    image.add(layer, entry(of: step))
    if known == nil, let chain = Digest.chain(image.config.rootfs.diffIDs) {
      try store.keep(layer, chain: chain, for: digest)
    }
  }
}

/// All that decides what a step makes. Whoever changes what steps make counts `version` up.
private struct StepKey: JSONObject {
  var version = 1
  var chain: String?
  var step = ""
  var options = ""
  var inputs: [String] = []
  var compression = ""
  var epoch = 0

  mutating func members(_ json: inout JSONExchange) {
    json.member("version", &version)
    json.member("chain", &chain)
    json.member("step", &step)
    json.member("options", &options)
    json.member("inputs", &inputs)
    json.member("compression", &compression)
    json.member("epoch", &epoch)
  }
}

extension BuildFile {
  /// Changes what containers of the image are like.
  func apply(to image: inout ImageDraft) {
    defaults.apply(to: &image.execution)
    if let author { image.author = author }
    for (name, value) in annotations { image.annotations[name] = value }
  }
}
