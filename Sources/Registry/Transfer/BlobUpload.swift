internal import ImageStore
internal import JSON
internal import NIOHTTP1
internal import OCIImage
internal import RuntimeErrors

/// Brings one blob from the store to a repository, unless that has it or can have it from its neighbours.
///
/// Spec: distribution-spec/spec.md#pushing-blobs
struct BlobUpload: Sendable {
  let repository: Repository
  let store: ImageStore
  let blob: ContentDescriptor
  /// Repositories that may have it.
  let origins: [String]
  /// How many bytes go in one request at most.
  let chunkSize: Int64?
  let progress: any TransferProgress

  /// Does it.
  ///
  /// - Returns: How many bytes went over the network.
  func run() async throws(RuntimeError) -> Int64 {
    do throws(RuntimeError) {
      if try await isThere() {
        progress.finish(blob, .present)
        return 0
      }
      for origin in origins where try await isMounted(from: origin) {
        progress.finish(blob, .mounted)
        return 0
      }
      progress.begin(blob, from: 0)
      if let chunkSize, blob.size > chunkSize {
        try await sendInChunks(chunkSize)
      } else {
        try await sendAtOnce()
      }
      progress.finish(blob, .transferred)
      return blob.size
    } catch {
      throw error.adding(context: "blob \(blob.digest.algorithm):\(blob.digest.short)")
    }
  }

  /// Spec: distribution-spec/spec.md#checking-if-content-exists-in-the-registry
  private func isThere() async throws(RuntimeError) -> Bool {
    try await repository.retrying.run { () async throws(WebFailure) in
      let request = WebRequest(.HEAD, repository.place("blobs/\(blob.digest)"))
      let answer = try await repository.send(request, repository.writing)
      switch answer.status {
      case 200: return answer.length == nil || answer.length == blob.size
      case 404: return false
      default: throw await RegistryErrors.failure(answer, "the blob \(blob.digest)")
      }
    }
  }

  /// Spec: distribution-spec/spec.md#mounting-a-blob-from-another-repository
  private func isMounted(from origin: String) async throws(RuntimeError) -> Bool {
    let address = repository.place("blobs/uploads/").adding("mount", blob.digest.text).adding("from", origin)
    let scopes = repository.writing + [AccessScope(repository: origin, actions: "pull")]
    do throws(WebFailure) {
      let answer = try await repository.send(WebRequest(.POST, address), scopes)
      _ = try? await BodyReader.collect(answer, limit: 64 << 10, what: "an answer")
      if answer.status == 202, let location = answer.header("location") { await cancel(location) }
      return answer.status == 201
      // It is only a chance to send less.
    } catch {
      return false
    }
  }

  /// An upload that the registry opened instead, and that nobody will go on with.
  private func cancel(_ location: String) async {
    guard let address = try? repository.address.following(location) else { return }
    _ = try? await repository.send(WebRequest(.DELETE, address), repository.writing)
  }

  /// Where the bytes go.
  private func begin() async throws(WebFailure) -> WebAddress {
    let request = WebRequest(.POST, repository.place("blobs/uploads/"))
    let answer = try await repository.send(request, repository.writing)
    guard answer.status == 202 else {
      throw await RegistryErrors.failure(answer, "an upload to \(repository.source.name.name)")
    }
    return try await next(answer)
  }

  private func next(_ answer: WebAnswer) async throws(WebFailure) -> WebAddress {
    _ = try? await BodyReader.collect(answer, limit: 64 << 10, what: "an answer")
    do throws(RuntimeError) {
      guard let location = answer.header("location") else {
        throw RuntimeError(.invalidAnswer, "\(answer.address.origin) does not say where an upload goes")
      }
      return try answer.address.following(location)
    } catch {
      throw WebFailure(error)
    }
  }

  private func part(_ range: Range<Int64>) -> WebRequest.Body {
    let (blob, progress) = (blob, progress)
    return .file(FilePart(store: store, blob: blob, range: range) { progress.advance(blob, by: $0) })
  }

  /// Spec: distribution-spec/spec.md#post-then-put
  private func sendAtOnce() async throws(RuntimeError) {
    var isFirst = true
    try await repository.retrying.run { () async throws(WebFailure) in
      if !isFirst { progress.restart(blob, from: 0) }
      isFirst = false
      var request = WebRequest(.PUT, try await begin().adding("digest", blob.digest.text))
      request.headers.add(name: "content-type", value: "application/octet-stream")
      request.body = part(0..<blob.size)
      try await complete(request)
    }
  }

  private func complete(_ request: WebRequest) async throws(WebFailure) {
    let answer = try await repository.send(request, repository.writing)
    guard answer.status == 201 || answer.status == 204 else {
      throw await RegistryErrors.failure(answer, "the blob \(blob.digest)")
    }
    _ = try? await BodyReader.collect(answer, limit: 64 << 10, what: "an answer")
  }

  /// Spec: distribution-spec/spec.md#pushing-a-blob-in-chunks
  private func sendInChunks(_ size: Int64) async throws(RuntimeError) {
    var place: WebAddress?
    var sent: Int64 = 0
    var before: Int64 = 0
    var isUncertain = false
    try await repository.retrying.run(hasAdvanced: {
      defer { before = sent }
      return sent > before
    }) { () async throws(WebFailure) in
      if isUncertain, let known = place { (place, sent) = try await whereItStands(known) }
      isUncertain = true
      if sent > 0 || place == nil { progress.restart(blob, from: sent) }
      var current: WebAddress
      if let place { current = place } else { current = try await begin() }
      place = current
      while sent < blob.size {
        let range = sent..<Swift.min(sent + size, blob.size)
        var request = WebRequest(.PATCH, current)
        request.headers.add(name: "content-type", value: "application/octet-stream")
        request.headers.add(name: "content-range", value: "\(range.lowerBound)-\(range.upperBound - 1)")
        request.body = part(range)
        let answer = try await repository.send(request, repository.writing)
        guard answer.status == 202 || answer.status == 204 else {
          throw await RegistryErrors.failure(answer, "a part of the blob \(blob.digest)")
        }
        current = try await next(answer)
        place = current
        sent = range.upperBound
      }
      try await complete(WebRequest(.PUT, current.adding("digest", blob.digest.text)))
    }
  }

  /// How much of an upload that broke off has come to the registry.
  private func whereItStands(_ place: WebAddress) async throws(WebFailure) -> (WebAddress?, Int64) {
    let answer = try await repository.send(WebRequest(.GET, place), repository.writing)
    guard answer.status == 204 || answer.status == 202, let range = answer.header("range"),
      let last = range.split(separator: "-").last.flatMap({ Int64($0) }), (0..<blob.size).contains(last)
    else {
      // It knows nothing of it: from the beginning.
      _ = try? await BodyReader.collect(answer, limit: 64 << 10, what: "an answer")
      return (nil, 0)
    }
    // "0-0" is nothing, or one byte; a registry that has it will refuse it, and then all is sent anew.
    return (try await next(answer), last == 0 ? 0 : last + 1)
  }
}

/// Manifests.
extension Repository {
  /// Pushes a manifest or an index.
  ///
  /// Spec: distribution-spec/spec.md#pushing-manifests
  /// - Parameters:
  ///   - reference: A tag or a digest.
  func put(_ manifest: FetchedManifest, as reference: String) async throws(RuntimeError) {
    try await retrying.run { () async throws(WebFailure) in
      var request = WebRequest(.PUT, place("manifests/\(reference)"))
      request.headers.add(name: "content-type", value: manifest.descriptor.mediaType.text)
      request.body = .bytes(manifest.bytes)
      let answer = try await send(request, writing)
      guard answer.status == 201 || answer.status == 200 || answer.status == 202 else {
        throw await RegistryErrors.failure(answer, "the manifest \(reference) of \(source.name.name)")
      }
      _ = try? await BodyReader.collect(answer, limit: 64 << 10, what: "an answer")
      if let claimed = answer.header("docker-content-digest"), claimed != manifest.descriptor.digest.text,
        Digest(claimed).algorithm == manifest.descriptor.digest.algorithm
      {
        throw WebFailure(
          RuntimeError(
            .invalidAnswer,
            "\(address.origin) has kept \(quoted(claimed)), not \(manifest.descriptor.digest)"))
      }
    }
  }
}
