internal import Glibc

/// The times that directories have in the end, in the order in which the directories were met: most lie in the one
/// before.
struct DirectoryTimes {
  private(set) var list: [(path: LayerPath, time: timespec)] = []
  private var places: [LayerPath: Int] = [:]

  subscript(path: LayerPath) -> timespec? { places[path].map { list[$0].time } }

  /// Notes a directory's time, in place of one that is noted already.
  mutating func set(_ path: LayerPath, _ time: timespec) {
    if let place = places[path] {
      list[place].time = time
    } else {
      places[path] = list.count
      list.append((path, time))
    }
  }
}
