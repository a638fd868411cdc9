import Scenario

/// A failure of the past as a file of Tests/ReproTests/Fixtures: a scenario under a header that says
/// what broke, where, and what fixed it.
package struct Fixture {
  private let broke: String
  private let found: String
  private let scenario: Scenario

  /// `scenario`, which fails in the way that `broke` says, and was found as the file at `path`.
  package init(broke: String, foundAs path: String, scenario: Scenario) {
    // An address is of one build.
    self.broke = broke.replacing(#/ in the function at 0x[0-9a-f]+/#, with: "")
    self.scenario = scenario
    found = Self.name(of: path)
  }

  /// The last part of `path`, on one line: where a file lies on one machine is of no use on another.
  package static func name(of path: String) -> String {
    String(path.split(separator: "/").last ?? "").replacing(/\s/, with: " ")
  }

  /// The file. The layout and the size of nodes are left open if they are the usual ones: the test
  /// then takes every choice.
  package var text: String {
    "# Broke: \(broke)\n# In: \(found)\n# Fixed by: (say it here)\n\(scenario.openText)"
  }
}
