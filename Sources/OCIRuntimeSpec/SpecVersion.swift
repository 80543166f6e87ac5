/// The versions of the runtime specification that this project implements.
public enum SpecVersion {
  /// The lowest accepted `ociVersion`.
  public static let minimum = "1.0.0"
  /// The highest; also what `state` reports.
  public static let current = "1.3.0"
}
