internal import Glibc
internal import JSON
public import OCIImage
internal import RuntimeErrors

/// Looks for rules that a layer's archive breaks, without unpacking it.
///
/// Spec: layer.md
public struct LayerChecks {
  /// By hashes of the paths: paths themselves may take gigabytes. The hashes are other ones in each process, so that
  /// no layer can be made to have two alike.
  private var seen: [Int: TarEntry.Kind] = [:]
  /// Directories with an entry that is no whiteout, by hashes: whiteouts should come before.
  private var filled: Set<Int> = []

  /// A layer of which nothing is known.
  public init() {}

  /// Reads an archive, and adds what is wrong with it.
  ///
  /// - Returns: Whether it was read to its end; damage ends the reading.
  public mutating func check(_ archive: TarReader, _ faults: inout FaultList) -> Bool {
    do throws(RuntimeError) {
      while let entry = try archive.next() { check(entry, &faults) }
      if !archive.hasEndMarker {
        faults.should("", "the archive has no end of two blocks of zeros", "layer.md#distributable-format")
      }
      try archive.finish()
      return true
    } catch {
      let problem = error.message.isEmpty ? "\(error)" : error.message
      faults.must(error.context.joined(separator: ": "), problem, "layer.md#distributable-format")
      return false
    }
  }

  private mutating func check(_ entry: TarEntry, _ faults: inout FaultList) {
    let place = entry.shownPath
    let path: LayerPath
    let whiteout: Whiteout?
    do throws(RuntimeError) {
      path = try LayerPath(entry.path)
    } catch {
      return faults.must(place, error.message, "layer.md#distributable-format")
    }
    do throws(RuntimeError) {
      whiteout = try Whiteout(path)
    } catch {
      return faults.must(place, error.message, "layer.md#whiteouts")
    }
    if seen.updateValue(entry.kind, forKey: path.hashValue) != nil {
      faults.must(place, "occurs twice", "layer.md#distributable-format")
    }
    if entry.segments != nil { faults.should(place, "is a sparse file", "layer.md#file-attributes") }
    if let whiteout { return check(whiteout, entry, path, &faults) }
    if !path.isRoot { filled.insert(path.parent.hashValue) }
    if entry.kind == .hardLink { checkHardLink(entry, &faults) }
    if entry.kind == .characterDevice, entry.major == 0, entry.minor == 0 {
      faults.must(place, "is a device 0:0, which overlayfs takes for a removed file", "layer.md#whiteouts")
    }
  }

  private func check(
    _ whiteout: Whiteout, _ entry: TarEntry, _ path: LayerPath, _ faults: inout FaultList
  ) {
    let place = entry.shownPath
    if entry.kind != .regular || entry.size != 0 {
      faults.must(place, "is a whiteout, but no empty file", "layer.md#whiteouts")
    }
    switch whiteout {
    case .contents:
      faults.should(place, "is an opaque whiteout, not an explicit one", "layer.md#opaque-whiteout")
    case .path:
      if filled.contains(path.parent.hashValue) {
        faults.should(place, "stands behind another entry of its directory", "layer.md#whiteouts")
      }
    case .note: faults.should(place, "is a note of another program", "layer.md#whiteouts")
    }
  }

  private func checkHardLink(_ entry: TarEntry, _ faults: inout FaultList) {
    let shown = quoted(String(decoding: entry.linkTarget, as: UTF8.self))
    guard let target = try? LayerPath(entry.linkTarget) else {
      return faults.must(entry.shownPath, "is a hard link to \(shown)", "layer.md#hardlinks")
    }
    switch seen[target.hashValue] {
    case nil:
      faults.should(entry.shownPath, "is a hard link to \(shown), outside of the layer", "layer.md#hardlinks")
    case .directory:
      faults.must(entry.shownPath, "is a hard link to the directory \(shown)", "layer.md#hardlinks")
    default: break
    }
  }
}
