import Differential
import Scenario

// Writes a scenario as a test that a person might have written: Swift Testing, the public API, and
// literals for the arguments and for the oracle's answers. It compiles in any test target that
// depends on ReverseMapping, RangeTree and ReverseMap. It passes on a subject that follows the
// specification, and fails on one that differs from the oracle in an answer or in its state.
//
// The test asserts each answer. It asserts the entries and direct entries of a map just before they
// are dropped and at the end, and at the end all other state. It asserts that the structure is
// intact, that nothing leaks, that a record which got no memory left no traces, and that nothing
// slept in atomic context. It does not assert how many nodes an operation requests (Specification
// 5.13).
//
// Which operations get no memory depends on how many nodes the subject requests. The oracle
// requests none, so it takes the steps in which memory was refused as input, as in a run. It
// ignores them where a full reserve must suffice (Specification 4.4.a).

extension Scenario {
  /// The scenario as the source of a Swift test. Only the oracle runs, so a build whose subject
  /// traps, or requests memory where it should not, can write one too.
  ///
  /// - Parameters:
  ///   - name: for example `unmap-misses-mapping-2`, which gives the function
  ///     `unmapMissesMapping2()` and the test name "unmap misses mapping 2".
  ///   - comment: lines to put above the test.
  ///   - refusedSteps: the indices of the operations in which the subject gets no memory, counted
  ///     in `Scenario.withoutFills`; as a rule what `ScenarioRunner.refusedSteps` returns.
  ///   - endsOpen: whether it is unknown if the last operation is one of them, because the subject
  ///     crashed or hung in it. The test then only expects that the operation returns and leaves
  ///     the structure intact.
  /// - Complexity: O(operations x pages of an operation), and O(entries) for each time that a map
  ///   is emptied.
  public func swiftTest(
    named name: String, comment: [String] = [], refusedSteps: Set<Int>, endsOpen: Bool = false
  ) -> String {
    let single = withoutFills
    let openStep = endsOpen ? single.operations.indices.last : nil
    var writer = SwiftTestWriter()
    let imports: [String]
    switch world.family {
    case .map, .direct:
      imports = ["ReverseMap", "ReverseMapping"]
      writer.writeMaps(single, refusedSteps: [], openStep: nil)
    case .vm, .memory:
      imports = ["RangeTree", "ReverseMap", "ReverseMapping"]
      writer.writeMaps(single, refusedSteps: refusedSteps, openStep: openStep)
    case .tree:
      let needsPlans = operations.contains { $0.kind == .refuse }
      imports = needsPlans ? ["RangeTree", "ReverseMapping"] : ["RangeTree"]
      writer.writeTree(single, refusedSteps: refusedSteps, openStep: openStep)
    }
    let words = Self.words(of: name)
    var lines = (imports + ["Testing"]).map { "import \($0)" } + [""]
    lines += comment.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }
      .map { $0.isEmpty ? "///" : "/// \($0)" }
    lines.append("@Test(\"\(words.joined(separator: " "))\")")
    lines.append("func \(Self.functionName(words))() throws {")
    if writer.isRefused { lines += Self.refusalNote }
    return (lines + writer.lines + ["}"]).joined(separator: "\n") + "\n"
  }

  /// The note in a test in which memory is refused.
  private static let refusalNote = [
    "  // Which operations get no memory depends on how many nodes a tree requests. If that number",
    "  // changes for a good reason, generate this test again from its scenario.",
  ]

  /// The runs of letters and digits in `name`, or "scenario" if there are none.
  private static func words(of name: String) -> [String] {
    let words = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
    return words.isEmpty ? ["scenario"] : words
  }

  /// `words` in camel case, as a valid function name.
  private static func functionName(_ words: [String]) -> String {
    let rest = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
    let first = words[0].prefix(1).lowercased() + words[0].dropFirst()
    let name = ([first] + rest).joined()
    // A single word could be a keyword or the name of a variable in the test.
    return name.first?.isNumber == true || rest.isEmpty
      ? "test" + name.prefix(1).uppercased() + name.dropFirst() : name
  }
}
