/// Guesses at what was meant by a word that nobody knows.
enum Spelling {
  /// The most similar of the known words, if it is similar at all: half of the letters may differ.
  static func nearest(to word: String, among known: [String]) -> String? {
    // Of two that are equally near, the one that was begun.
    let ranks = known.map { (word: $0, distance: distance(word, $0), order: $0.hasPrefix(word) ? 0 : 1) }
    guard let best = ranks.min(by: { ($0.distance, $0.order) < ($1.distance, $1.order) }) else {
      return nil
    }
    return best.distance <= max(1, word.count / 2) ? best.word : nil
  }

  /// How many letters must be inserted, removed or replaced.
  static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in right.indices {
        let replaced = diagonal + (right[column] == letter ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[right.count]
  }
}
