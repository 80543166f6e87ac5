public import OCIImage

/// Is told how a transfer goes, by several threads at once.
public protocol TransferProgress: Sendable {
  /// A blob begins to be transferred.
  ///
  /// - Parameters:
  ///   - count: How many of its bytes are there from before.
  func begin(_ blob: ContentDescriptor, from count: Int64)
  /// Bytes of it came or went.
  func advance(_ blob: ContentDescriptor, by count: Int64)
  /// It begins anew, or at another place.
  func restart(_ blob: ContentDescriptor, from count: Int64)
  /// It is complete.
  func finish(_ blob: ContentDescriptor, _ outcome: BlobOutcome)
  /// A layer is being unpacked.
  func unpack(_ layer: ContentDescriptor)
  /// What a careful person should know, and no error.
  func warn(_ text: String)
}

/// How a blob came to where it is.
public enum BlobOutcome: Sendable {
  /// It was transferred.
  case transferred
  /// It was there.
  case present
  /// The registry took it from another of its repositories.
  case mounted
  /// It was unpacked.
  case unpacked
}

extension TransferProgress {
  /// Ignored.
  public func begin(_ blob: ContentDescriptor, from count: Int64) {}
  /// Ignored.
  public func advance(_ blob: ContentDescriptor, by count: Int64) {}
  /// Ignored.
  public func restart(_ blob: ContentDescriptor, from count: Int64) {}
  /// Ignored.
  public func finish(_ blob: ContentDescriptor, _ outcome: BlobOutcome) {}
  /// Ignored.
  public func unpack(_ layer: ContentDescriptor) {}
  /// Ignored.
  public func warn(_ text: String) {}
}

/// Nobody wants to know.
public struct NoProgress: TransferProgress {
  /// The only one.
  public init() {}
}
