/// The command line as its readers take it.
enum Arguments {
  /// Writes everything that callers of runc and crun write in the one form that both readers know:
  ///
  /// - `-name` as `--name`, which runc's parser takes for the same (`-no-subreaper`);
  /// - `-td` as `-t -d`, and `-u1000` as `-u=1000`;
  /// - `--flag=true` as `--flag`; with a value for no the flag is left out;
  /// - the empty value of `--name=` as a word, where ArgumentParser would take the next one;
  /// - `--` before what `exec` and `ps` pass on as it is.
  ///
  /// - Parameters:
  ///   - arguments: Without the program's name.
  static func normalized(_ arguments: [String]) -> [String] {
    var words = arguments[...]
    var result: [String] = []
    var command: String?
    var table = OptionTable.global
    while let word = words.popFirst() {
      if word == "--" { return result + [word] + words }
      if word.utf8.first == UInt8(ascii: "-") {
        let options = separated(word, table)
        for option in options { add(option, table, to: &result) }
        if let last = options.last, table.hasValue(bareName(last)), let value = words.popFirst() {
          result.append(value)
        }
      } else if command == "exec" || command == "ps" {
        return result + ["--", word] + words
      } else {
        if command == nil {
          command = word
          table = OptionTable(of: word)
        }
        result.append(word)
      }
    }
    return result
  }

  /// The options that a word has in it: `-td` has two. What nobody knows stays one.
  ///
  /// - Returns: Long ones with two dashes, and a value that stood in the word behind `=`.
  static func separated(_ word: String, _ table: OptionTable) -> [String] {
    guard word.utf8.count > 2, !word.hasPrefix("--"), word.dropFirst().first?.isLetter == true else {
      return [word]
    }
    let name = String(word.dropFirst().prefix { $0 != "=" })
    if name.utf8.count == 1 { return [word] }
    if table.flag(name) != nil || table.hasValue(name) { return ["-" + word] }
    return shortOptions(word.dropFirst(), table) ?? ["-" + word]
  }

  /// Short options that share a dash; only the last one may have a value.
  private static func shortOptions(_ letters: Substring, _ table: OptionTable) -> [String]? {
    var options: [String] = []
    var rest = letters
    while let letter = rest.popFirst() {
      let name = String(letter)
      let isLast = rest.isEmpty || rest.first == "="
      if table.hasValue(name), !isLast {
        return options + ["-\(name)=\(rest)"]
      }
      guard table.flag(name) != nil || table.hasValue(name) else { return nil }
      options.append("-\(name)" + (isLast ? rest : ""))
      if isLast { return options }
    }
    return options
  }

  private static func add(_ option: String, _ table: OptionTable, to result: inout [String]) {
    guard let sign = option.firstIndex(of: "=") else { return result.append(option) }
    let (name, value) = (String(option[..<sign]), String(option[option.index(after: sign)...]))
    if let names = table.flag(bareName(name)), let isSet = boolean(value) {
      if isSet {
        result.append(name)
      } else {
        let unset = names.map(OptionTable.written)
        result.removeAll(where: unset.contains)
      }
    } else if value.isEmpty, table.flag(bareName(name)) == nil {
      result += [name, ""]
    } else {
      result.append(option)
    }
  }

  private static func bareName(_ option: String) -> String { String(option.drop { $0 == "-" }) }

  /// The words that Go takes for yes and no: strconv.ParseBool.
  static func boolean(_ text: String) -> Bool? {
    switch text {
    case "1", "t", "T", "true", "TRUE", "True": true
    case "0", "f", "F", "false", "FALSE", "False": false
    default: nil
    }
  }
}
