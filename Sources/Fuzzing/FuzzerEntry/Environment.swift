import Differential
import Foundation
import Scenario

// Environment variables of every target, because the arguments of a target are libFuzzer's:
//
//   REVFUZZ_NUMBERS  the file that a table of transitions is made at; a process each, and a file each
//   REVFUZZ_NODES    tiny or production: the nodes of what is mutated
//   REVFUZZ_COMMAND  the command that is printed for what was saved, if it is not ./revfuzz

/// The value of an environment variable, or nil if it is not set or empty. O(environment).
///
/// One at a time and not as Foundation lists them: a dictionary of all of them is built in the order in
/// which they stand, and leaves the heap so that arrays get other capacities in another order. Two runs
/// with equal seeds would then differ in a counter, and soon in everything.
func environmentValue(of name: String) -> String? {
  guard let value = getenv(name), value.pointee != 0 else { return nil }
  return String(cString: value)
}

/// The command that replays, explains and shrinks what was saved. O(environment).
func commandNamedByEnvironment() -> String {
  environmentValue(of: "REVFUZZ_COMMAND") ?? "./revfuzz"
}

extension TransitionWatcher {
  /// A watcher that counts into the file that the environment names, or nil if it names none. One
  /// that cannot be made is no reason not to fuzz: it is said, and done without. O(slots).
  static func namedByEnvironment() -> TransitionWatcher? {
    guard let path = environmentValue(of: "REVFUZZ_NUMBERS") else { return nil }
    do throws(TransitionError) {
      return TransitionWatcher(try TransitionTable(creatingAt: path))
    } catch {
      printError("revfuzz: nothing is counted: \(error)\n")
      return nil
    }
  }
}

extension World.NodeSize {
  /// The size of nodes that the environment names; nil if it names none. With another word it ends the
  /// process with 2. O(1).
  static func namedByEnvironment() -> World.NodeSize? {
    guard let word = environmentValue(of: "REVFUZZ_NODES") else { return nil }
    if let size = allCases.first(where: { "\($0)" == word }) { return size }
    let words = allCases.map { "\($0)" }.joined(separator: ", ")
    printError("revfuzz: REVFUZZ_NODES is '\(word)', and can be one of: \(words)\n")
    exit(2)
  }
}

extension Session {
  /// The session of this process: of the target that is linked into it, as the environment says.
  static func ofProcess() -> Session {
    let watcher = TransitionWatcher.namedByEnvironment()
    let nodeSize = World.NodeSize.namedByEnvironment()
    return Session(linkedFuzzTarget(watcher: watcher), watcher: watcher, nodeSize: nodeSize)
  }
}
