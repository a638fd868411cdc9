import Differential
import ForeignMap
import Scenario

extension ScenarioFile {
  /// The scenario in the file at `path`, made one that `library` can run.
  ///
  /// - Throws: `unreadable` or `notAScenario`, also if no library can run it.
  package static func load(_ path: String, for library: ForeignLibrary?) throws(CommandError)
    -> Scenario
  {
    var scenario = try load(path)
    guard let library else { return scenario }
    guard ForeignHarness.accepts(scenario.world.family) else {
      throw .notAScenario(
        path, "its world is \(scenario.world.family), and --subject runs scenarios of reverse maps")
    }
    ForeignHarness(library).fit(&scenario)
    return scenario
  }
}
