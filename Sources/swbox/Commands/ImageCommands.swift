internal import ArgumentParser
internal import ImageLayers
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// `images`
struct ImagesCommand: PerformedCommand {
  static let configuration = CommandConfiguration(commandName: "images", abstract: "List the images.")

  @Option(help: ArgumentHelp("How the list is printed.", valueName: "format"))
  var format: OutputFormat = .table

  /// One image of the list.
  private struct Row: JSONObject {
    var name: String?
    var id: String?
    var digest = ""
    var platform: String?
    var created: String?
    var size: Int64 = 0
    var problem: String?

    mutating func members(_ json: inout JSONExchange) {
      json.member("name", &name)
      json.member("id", &id)
      json.member("digest", &digest)
      json.member("platform", &platform)
      json.member("created", &created)
      json.member("size", &size)
      json.member("problem", &problem)
    }
  }

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let store = try session.store()
    var rows: [Row] = []
    for image in try store.images() { rows.append(try row(image, store)) }
    if format == .json {
      try Output.write(json: rows)
      return 0
    }
    let cells = rows.map { row in
      let reference = row.name.flatMap { try? Reference($0) }
      return [
        reference?.name ?? "<none>", reference?.tag ?? "<none>",
        row.id.map { String($0.dropFirst(7).prefix(12)) } ?? "-",
        row.created ?? "-", Sizes.text(row.size),
      ]
    }
    try Output.write(table: ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"], cells)
    for row in rows { if let problem = row.problem { session.messages.warning("\(row.digest): \(problem)") } }
    return 0
  }

  /// A damaged image is listed, too: it is to be seen, and to be removed.
  private func row(_ image: StoredImage, _ store: ImageStore) throws(RuntimeError) -> Row {
    var row = Row(name: image.name, digest: image.descriptor.digest.text, size: 0)
    do throws(RuntimeError) {
      let contents = try store.shownContents(of: image)
      row.id = contents.id.text
      row.platform = contents.config.platform.description
      row.created = contents.config.created
      row.size = contents.manifest.totalSize
    } catch {
      row.problem = error.description
    }
    return row
  }
}

/// `tag`
struct TagCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Give an image a further name.")

  @Argument(help: ArgumentHelp("The image's name or ID.", valueName: "image"))
  var image: String

  @Argument(help: ArgumentHelp("The new name.", valueName: "name"))
  var name: String

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let reference = try Names.full(name)
    let store = try session.store()
    try store.add(store.find(image).descriptor, name: reference)
    return 0
  }
}

/// `rmi`
struct RemoveImagesCommand: PerformedCommand {
  static let standing = Standing.rootIfPossible
  static let configuration = CommandConfiguration(
    commandName: "rmi",
    abstract: "Remove names of images, and images that have no other name."
  )

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(help: ArgumentHelp("An image's name; its ID removes all its names.", valueName: "image"))
  var images: [String]

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    do {
      let store = try session.store()
      var removed: [StoredImage] = []
      for text in images {
        let image = try store.find(text)
        let isByName =
          image.name != nil
          && (try? Reference(text).candidates.contains { $0.stored.description == image.name }) == true
        removed +=
          isByName ? [image] : try store.images().filter { $0.descriptor.digest == image.descriptor.digest }
      }
      try store.remove(removed)
      try ImageReport.write(removed, format)
    }
    // What another process uses now is left to gc.
    let catalog = try session.containers()
    if let store = try ImageStore(session.root, access: .exclusiveIfFree) {
      var sweep = try Sweep(besides: catalog)
      sweep.keepsPartialBlobs = true
      _ = try sweep.run(in: store, warn: session.messages.warning)
    }
    return 0
  }
}
