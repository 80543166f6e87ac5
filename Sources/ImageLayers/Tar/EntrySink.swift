public import RuntimeErrors

/// What takes the entries of a tree one after the other: an archive, or another tree.
public protocol EntrySink: AnyObject {
  /// Takes an entry.
  ///
  /// - Parameters:
  ///   - entry: Its `size` is the length of the content.
  ///   - content: What gives exactly so many bytes; nil for an entry without content.
  func add(_ entry: TarEntry, content: (any ByteSource)?) throws(RuntimeError)
}
