/// Changes of what an image's containers begin with.
extension ImageConfig.Execution {
  /// Gives a variable a value, in place of a former one.
  public mutating func setVariable(_ name: String, _ value: String) {
    env = (env ?? []).filter { !$0.hasPrefix("\(name)=") } + ["\(name)=\(value)"]
  }

  /// Gives a label a value.
  public mutating func setLabel(_ name: String, _ value: String) {
    labels = (labels ?? [:]).merging([name: value]) { $1 }
  }

  /// Adds a port: `8080/tcp`.
  public mutating func expose(_ port: String) {
    exposedPorts = (exposedPorts ?? [:]).merging([port: .init()]) { $1 }
  }

  /// Adds a directory with data of a container.
  public mutating func addVolume(_ path: String) {
    volumes = (volumes ?? [:]).merging([path: .init()]) { $1 }
  }
}
