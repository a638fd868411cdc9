import Differential
import Foundation
import Scenario

// Environment variables of every target, because the arguments of a target are libFuzzer's:
//
//   REVFUZZ_NUMBERS  the file that a table of situations is made at; a process each, and a file each
//   REVFUZZ_NODES    tiny or production: the nodes of what is mutated

extension SituationWatcher {
  /// A watcher that counts into the file that the environment names, or nil if it names none. One
  /// that cannot be made is no reason not to fuzz: it is said, and done without. O(slots).
  static func named(in environment: [String: String]) -> SituationWatcher? {
    guard let path = environment["REVFUZZ_NUMBERS"], !path.isEmpty else { return nil }
    do throws(SituationError) {
      return SituationWatcher(try SituationTable(creatingAt: path))
    } catch {
      printError("revfuzz: nothing is counted: \(error)\n")
      return nil
    }
  }
}

extension World.NodeSize {
  /// The size of nodes that the environment names; nil if it names none. With another word it ends the
  /// process with 2. O(1).
  static func named(in environment: [String: String]) -> World.NodeSize? {
    guard let word = environment["REVFUZZ_NODES"], !word.isEmpty else { return nil }
    if let size = allCases.first(where: { "\($0)" == word }) { return size }
    let words = allCases.map { "\($0)" }.joined(separator: ", ")
    printError("revfuzz: REVFUZZ_NODES is '\(word)', and can be one of: \(words)\n")
    exit(2)
  }
}

extension Session {
  /// The session of this process: of the target that is linked into it, as the environment says.
  static func ofProcess() -> Session {
    let environment = ProcessInfo.processInfo.environment
    let watcher = SituationWatcher.named(in: environment)
    let nodeSize = World.NodeSize.named(in: environment)
    // Before the target is made, whose lanes have runners that take it from there.
    SituationWatcher.ofProcess = watcher
    return Session(linkedFuzzTarget(), watcher: watcher, nodeSize: nodeSize)
  }
}
