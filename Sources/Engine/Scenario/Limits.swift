/// The bounds of a scenario, in one place.
public enum Limits {
  /// The most operations in a scenario. Enough to fill all four windows of a tiny tree, which then
  /// has three levels or more; few enough to run, check after each, and shrink in no time.
  public static let operations = 256
  /// The bytes before the first operation in the byte form: the world.
  public static let headerBytes = 8
  /// The bytes of an operation in the byte form: it is one 64-bit value everywhere.
  public static let operationBytes = 8
  /// The most bytes in the byte form. Below libFuzzer's 4096, so its default length suffices.
  public static let bytes = headerBytes + operations * operationBytes
  /// The most mutations stacked on one execution: with more, the parent's coverage is lost.
  public static let stackedMutations = 4
}
