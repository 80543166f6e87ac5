internal import RuntimeErrors
enum ResctrlGroup {
  static func remove(_ directories: [String]?) throws(RuntimeError) {}
}
