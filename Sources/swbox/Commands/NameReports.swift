internal import Containers
internal import ImageStore
internal import JSON
internal import OCIImage
internal import RuntimeErrors

/// An image that a command has made, or removed: for people its name, or its digest if it has none.
struct ImageReport: JSONObject {
  private var name: String?
  private var digest = ""

  init() {}

  init(_ image: StoredImage) {
    name = image.name
    digest = image.descriptor.digest.text
  }

  mutating func members(_ json: inout JSONExchange) {
    json.member("name", &name)
    json.member("digest", &digest)
  }

  /// Prints some.
  static func write(_ images: [StoredImage], _ format: OutputFormat) throws(RuntimeError) {
    if format == .json { return try Output.write(json: images.map(ImageReport.init)) }
    try Output.write(images.map { "\($0.name ?? $0.descriptor.digest.text)\n" }.joined())
  }
}

/// A container with which a command has done something.
struct ContainerReport: JSONObject {
  private var id = ""
  private var name = ""
  private var exitCode: Int32?

  init() {}

  /// - Parameter exitCode: How it ended, if that was asked for and is known.
  init(_ container: Container, exitCode: Int32? = nil) {
    id = container.id
    name = container.record.name
    self.exitCode = exitCode
  }

  mutating func members(_ json: inout JSONExchange) {
    json.member("id", &id)
    json.member("name", &name)
    json.member("exitCode", &exitCode)
  }
}
