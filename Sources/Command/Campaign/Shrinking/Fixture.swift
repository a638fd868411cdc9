import FileNames
import Files
import Scenario

/// A past failure as a regression test in Tests/ReproTests/Fixtures: a scenario under a header that
/// says what broke, in which input, and what fixed it.
package struct Fixture {
  private let broke: String
  private let found: String
  private let scenario: Scenario

  /// The fixture of `scenario`, found as the file at `path`. `broke` describes the failure.
  package init(broke: String, foundAs path: String, scenario: Scenario) {
    // An address is meaningless in any other build.
    self.broke = broke.replacing(#/ in the function at 0x[0-9a-f]+/#, with: "")
    self.scenario = scenario
    found = Self.name(of: path)
  }

  /// The last component of `path`, as messages show it. The folder means nothing on another
  /// machine.
  package static func name(of path: String) -> String {
    FileName.shown(FileSystem.name(of: path))
  }

  /// The text of the file. The word layout and the node size are left out if they are the defaults;
  /// the test then tries every combination.
  package var text: String {
    "# Broke: \(broke)\n# In: \(found)\n# Fixed by: (say it here)\n\(scenario.openText)"
  }
}
