import Scenario

extension Scenario {
  /// The part of a report that shows a scenario: a heading, and the scenario's `lines`, indented.
  ///
  /// - Parameter indent: what every line begins with.
  static func listing(of lines: [String], indent: String = "") -> [String] {
    ["\(indent)scenario (save the indented lines to a file to replay or edit them):"]
      + lines.map { "\(indent)  \($0)" }
  }

  /// The scenario as a part of a report, each line with its line break. O(operations).
  ///
  /// - Parameter indent: what every line begins with.
  public func listing(indent: String = "") -> String {
    Self.listing(of: text.split(separator: "\n").map(String.init), indent: indent)
      .map { $0 + "\n" }.joined()
  }
}
