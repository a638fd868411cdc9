import Differential
import ForeignMap
import Harnesses
import Scenario

extension ScenarioFile {
  /// Loads the scenario in the file at `path` and adapts it to what `library` supports.
  ///
  /// - Throws: `unreadable`, or `notAScenario`, also if its world is not one of reverse maps.
  package static func load(_ path: String, for library: ForeignLibrary?) throws(CommandError)
    -> Scenario
  {
    var scenario = try load(path)
    guard let library else { return scenario }
    guard ForeignHarness.accepts(scenario.world.family) else {
      throw .notAScenario(
        path,
        "its world is \(scenario.world.family); --subject runs only scenarios of reverse maps")
    }
    ForeignHarness.fit(&scenario, to: library)
    return scenario
  }
}
