internal import AppContainerImage
internal import ImageStore
internal import JSON
internal import OCIImage
internal import RuntimeErrors

/// The manifest of an App Container Image around the steps of aci-packer.
struct FormerManifest {
  private let conversion: AppConversion

  /// What aci-packer adds where the file says nothing.
  private static let defaults: [JSONTree.Member] = [
    .init(key: "acKind", value: .string("ImageManifest")), .init(key: "acVersion", value: .string("0.4.1")),
  ]

  /// - Throws: One `invalidBuildFile` with all that is wrong with the manifest.
  init(_ tree: JSONTree) throws(RuntimeError) {
    var members: [JSONTree.Member] = []
    if case .object(let own) = tree { members = own }
    for value in FormerManifest.defaults where !members.contains(where: { $0.key == value.key }) {
      members.append(value)
    }
    var faults = FaultList()
    let bytes = JSONWriter().encode(JSONTree.object(members))
    let manifest = faults.document(AppImageManifest.self, bytes, "aci.md#image-manifest-schema")
    manifest?.check(&faults)
    let violations = faults.faults.filter { $0.rank == .violation }
    guard let manifest, violations.isEmpty else {
      throw RuntimeError(.invalidBuildFile, violations.map(\.description).joined(separator: "\n  "))
    }
    conversion = AppConversion(manifest)
  }

  /// Makes the image what the manifest says.
  func apply(to image: inout ImageDraft, warn: (String) -> Void) {
    image.execution = conversion.execution
    image.author = conversion.author
    for (name, value) in conversion.annotations { image.annotations[name] = value }
    for member in conversion.dropped { warn("\(member) (dropped)") }
  }
}
