import OCIImage

/// Ways of compression, as values that tests can be named by.
enum TestCompression: String, CaseIterable {
  case none, gzip, zstd, xz

  var value: Compression { Compression(rawValue: rawValue) ?? .none }
}
