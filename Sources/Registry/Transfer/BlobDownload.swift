internal import ImageStore
internal import NIOCore
internal import NIOHTTP1
internal import OCIImage
internal import RuntimeErrors

/// Brings one blob from a repository into the store, from where an earlier attempt ended.
struct BlobDownload: Sendable {
  let repository: Repository
  let store: ImageStore
  let blob: ContentDescriptor
  let progress: any TransferProgress

  /// Does it.
  ///
  /// - Returns: How many bytes came over the network.
  func run() async throws(RuntimeError) -> Int64 {
    do throws(RuntimeError) {
      guard blob.digest.isVerifiable, blob.size >= 0 else {
        throw RuntimeError(.invalidImage, "its descriptor has no digest or no size that can be checked")
      }
      if try store.hasBlob(blob) {
        progress.finish(blob, .present)
        return 0
      }
      guard let partial = try await open() else {
        progress.finish(blob, .present)
        return 0
      }
      let came = try await bring(partial)
      progress.finish(blob, .transferred)
      return came
    } catch {
      throw error.adding(context: "blob \(blob.digest.algorithm):\(blob.digest.short)")
    }
  }

  /// Waits while another process brings the same blob.
  ///
  /// - Returns: nil if it did.
  private func open() async throws(RuntimeError) -> PartialBlob? {
    while true {
      if let partial = try PartialBlob.open(blob.digest, in: store) {
        guard try store.hasBlob(blob) else { return partial }
        try partial.discard()
        return nil
      }
      do {
        try await Task.sleep(for: .milliseconds(100))
      } catch {
        throw RuntimeError(.interrupted, "interrupted")
      }
      if try store.hasBlob(blob) { return nil }
    }
  }

  private func bring(_ partial: PartialBlob) async throws(RuntimeError) -> Int64 {
    var came: Int64 = 0
    // What was there when this process began may be damaged: then all of it is fetched once more.
    var trustsRest = partial.count == 0
    if partial.count > blob.size { try partial.restart() }
    try checkRoom(for: blob.size - partial.count)
    progress.begin(blob, from: partial.count)
    while true {
      var before = partial.count
      try await repository.retrying.run(hasAdvanced: {
        defer { before = partial.count }
        return partial.count - before >= 64 << 10
      }) { () async throws(WebFailure) in
        guard partial.count < blob.size else { return }
        came += try await fetch(partial)
      }
      if partial.isComplete {
        try partial.commit()
        return came
      }
      guard !trustsRest else {
        try partial.discard()
        throw RuntimeError(.invalidAnswer, "\(repository.address.origin) sends another content")
      }
      trustsRest = true
      try partial.restart()
      progress.restart(blob, from: 0)
    }
  }

  /// A descriptor may claim anything: the disk is not filled to find that out.
  private func checkRoom(for missing: Int64) throws(RuntimeError) {
    let free = try store.freeSpace()
    guard missing <= free else {
      throw RuntimeError(
        .registryRefused, "\(missing) bytes are to come, and only \(free) are free at \(store.path)")
    }
  }

  /// One request for what is missing, to the registry, or else to where a foreign layer is said to be.
  private func fetch(_ partial: PartialBlob) async throws(WebFailure) -> Int64 {
    do throws(WebFailure) {
      return try await fetch(partial, from: repository.place("blobs/\(blob.digest)"))
    } catch let error where error.error.code == .imageNotFound && blob.mediaType.isNonDistributable {
      var failure = error
      for text in blob.urls ?? [] {
        guard let address = try? WebAddress(text), address.reach == .wide else { continue }
        do throws(WebFailure) {
          return try await fetch(partial, from: address)
        } catch {
          failure = error
        }
      }
      throw failure
    }
  }

  /// One request for what is missing.
  ///
  /// Spec: distribution-spec/spec.md#pulling-blobs
  private func fetch(
    _ partial: PartialBlob, from address: WebAddress
  ) async throws(WebFailure) -> Int64 {
    var request = WebRequest(.GET, address)
    if partial.count > 0 { request.headers.add(name: "range", value: "bytes=\(partial.count)-") }
    let answer = try await repository.send(request, repository.reading)
    do throws(RuntimeError) {
      try prepare(partial, for: answer)
    } catch {
      throw WebFailure(error, isPassing: error.code == .invalidAnswer)
    }
    guard answer.status == 200 || answer.status == 206 else {
      throw await RegistryErrors.failure(answer, "the blob \(blob.digest)")
    }
    if let length = answer.length, length != blob.size - partial.count {
      throw WebFailure(
        RuntimeError(
          .invalidAnswer,
          "\(answer.address.origin) has \(length) bytes to send, but \(blob.size - partial.count) are missing"
        ))
    }
    return try await receive(answer, partial)
  }

  /// A server may send all of it again, or say that the range is none.
  private func prepare(_ partial: PartialBlob, for answer: WebAnswer) throws(RuntimeError) {
    guard partial.count > 0 else { return }
    let isRest =
      answer.status == 206
      && answer.header("content-range")?.hasPrefix("bytes \(partial.count)-") == true
    guard !isRest, [200, 206, 416].contains(answer.status) else { return }
    try partial.restart()
    progress.restart(blob, from: 0)
    guard answer.status != 206 else {
      throw RuntimeError(
        .invalidAnswer, "\(answer.address.origin) sends another range than the one asked for")
    }
  }

  private func receive(_ answer: WebAnswer, _ partial: PartialBlob) async throws(WebFailure) -> Int64 {
    var reader = BodyReader(answer)
    var came: Int64 = 0
    while let part = try await reader.next() {
      let count = Int64(part.readableBytes)
      do throws(RuntimeError) {
        guard partial.count + count <= blob.size else {
          throw RuntimeError(.invalidAnswer, "\(answer.address.origin) sends more than \(blob.size) bytes")
        }
        try part.withBytes { (bytes) throws(RuntimeError) in try partial.write(bytes) }
      } catch {
        throw WebFailure(error)
      }
      came += count
      progress.advance(blob, by: count)
    }
    guard partial.count == blob.size else {
      throw WebFailure(
        RuntimeError(
          .registryUnreachable,
          "\(answer.address.origin) ended after \(partial.count) of \(blob.size) bytes"),
        isPassing: true)
    }
    return came
  }
}
