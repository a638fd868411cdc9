import Differential
import FileNames
import Scenario

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// Environment variables that every target reads. Targets have no options of their own, because
// libFuzzer parses their arguments.
//
//   REVFUZZ_NUMBERS  the file to create for the table of transitions; one per process
//   REVFUZZ_NODES    tiny or production: the node size of all mutants
//   REVFUZZ_COMMAND  the command to print for saved inputs; default ./revfuzz
//   REVFUZZ_KEEP_GOING
//                    go on after failures; the file of the failures that are known, one a line
//   REVFUZZ_RECOVER  fuzz nothing; save what processes with this artifact prefix left behind when
//                    they were killed

/// The value of an environment variable, or nil if it is not set or empty. O(environment).
///
/// Does not use Foundation's dictionary of all variables, because that makes runs irreproducible.
/// The order of the variables affects the heap, and so the capacities of arrays allocated later.
/// Two runs with the same seed would soon differ in a coverage counter, and then in everything.
package func environmentValue(of name: String) -> String? {
  guard let value = getenv(name), value.pointee != 0 else { return nil }
  return FileName.text(of: UnsafePointer(value))
}

/// The command that replays, explains and shrinks a saved input. O(environment).
func commandNamedByEnvironment() -> String {
  environmentValue(of: "REVFUZZ_COMMAND") ?? "./revfuzz"
}

extension TransitionWatcher {
  /// A watcher that counts transitions in the file named by REVFUZZ_NUMBERS, or nil if it is not
  /// set. If the file cannot be created, prints a warning and returns nil. O(slots).
  static func namedByEnvironment() -> TransitionWatcher? {
    guard let path = environmentValue(of: "REVFUZZ_NUMBERS") else { return nil }
    do throws(TransitionError) {
      return TransitionWatcher(try TransitionTable(creatingAt: path))
    } catch {
      printError("revfuzz: transitions are not counted: \(error)\n")
      return nil
    }
  }
}

extension World.NodeSize {
  /// The node size named by REVFUZZ_NODES, or nil if it is not set. Any other value ends the
  /// process with exit code 2.
  static func namedByEnvironment() -> World.NodeSize? {
    guard let word = environmentValue(of: "REVFUZZ_NODES") else { return nil }
    if let size = allCases.first(where: { "\($0)" == word }) { return size }
    let words = allCases.map { "\($0)" }.joined(separator: ", ")
    printError("revfuzz: REVFUZZ_NODES is '\(word)'; the choices are \(words)\n")
    exit(2)
  }
}

extension Session {
  /// The session of this process, for the target that is linked into it and the environment's
  /// settings.
  static func ofProcess() -> Session {
    let watcher = TransitionWatcher.namedByEnvironment()
    let nodeSize = World.NodeSize.namedByEnvironment()
    return Session(
      linkedFuzzTarget(watcher: watcher), watcher: watcher, nodeSize: nodeSize,
      known: KnownFailures.namedByEnvironment())
  }
}
