internal import ArgumentParser
internal import ImageLayers
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// `image`
struct ImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Look into images, and take those of other kinds.",
    subcommands: [InspectImageCommand.self, LintImageCommand.self, ImportAppImageCommand.self])
}

/// `image inspect`
struct InspectImageCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what an image is made of, and its configuration.")
  static let title = "image inspect"

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .json

  @OptionGroup var choice: PlatformOptionGroup

  @Argument(help: ArgumentHelp("The image's name or ID.", valueName: "image"))
  var image: String

  /// What is printed.
  private struct Report: JSONObject {
    var id = ""
    var digest = ""
    var names: [String] = []
    var platform = ""
    var created: String?
    var size: Int64 = 0
    var layers: [Layer] = []
    var manifest = ImageManifest()
    var config = ImageConfig()

    mutating func members(_ json: inout JSONExchange) {
      json.member("id", &id)
      json.member("digest", &digest)
      json.member("names", &names)
      json.member("platform", &platform)
      json.member("created", &created)
      json.member("size", &size)
      json.member("layers", &layers)
      json.member("manifest", &manifest)
      json.member("config", &config)
    }
  }

  /// One layer.
  private struct Layer: JSONObject {
    var digest = ""
    var diffID = ""
    var mediaType = ""
    var size: Int64 = 0

    mutating func members(_ json: inout JSONExchange) {
      json.member("digest", &digest)
      json.member("diffID", &diffID)
      json.member("mediaType", &mediaType)
      json.member("size", &size)
    }
  }

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let store = try session.store()
    let image = try store.find(image)
    let contents = try store.contents(of: image, asked: choice.understood())
    let layers = zip(contents.manifest.layers, contents.config.rootfs.diffIDs).map { layer, diffID in
      Layer(
        digest: layer.digest.text, diffID: diffID.text, mediaType: layer.mediaType.text, size: layer.size)
    }
    let names = try store.images().filter { $0.descriptor.digest == image.descriptor.digest }.compactMap(
      \.name)
    let report = Report(
      id: contents.id.text, digest: contents.descriptor.digest.text, names: names,
      platform: contents.config.platform.description, created: contents.config.created,
      size: contents.manifest.totalSize, layers: layers,
      manifest: contents.manifest, config: contents.config)
    if format == .json {
      try Output.write(json: report)
    } else {
      try write(report)
    }
    return 0
  }

  private func write(_ report: Report) throws(RuntimeError) {
    let defaults = report.config.config
    let command = (defaults?.entrypoint ?? []) + (defaults?.cmd ?? [])
    var rows = [
      ["names", report.names.joined(separator: " ")], ["id", report.id], ["digest", report.digest],
      ["platform", report.platform], ["created", report.created ?? "-"], ["size", Sizes.text(report.size)],
      ["command", command.joined(separator: " ")], ["user", defaults?.user ?? ""],
      ["directory", defaults?.workingDir ?? ""],
    ]
    rows += (defaults?.env ?? []).map { ["env", $0] }
    rows += report.layers.map { ["layer", "\($0.digest) \(Sizes.text($0.size))"] }
    try Output.write(table: ["FIELD", "VALUE"], rows)
  }
}
