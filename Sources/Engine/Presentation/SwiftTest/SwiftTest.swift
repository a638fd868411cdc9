import Differential
import Scenario

// A scenario as a test that a person might have written: Swift Testing, the public API, literal
// arguments, and as literals what the oracle answers. It compiles as it stands in any test target
// that depends on ReverseMapping, RangeTree and ReverseMap, passes on a subject that follows the
// specification, and fails on one that parts from the oracle in an answer or in what it holds.
//
// Asserted are: each answer; the entries and direct entries of a map where something is about to
// empty it, and at the end, with all other state; that the structure holds and nothing leaks; that
// memory which was refused has left no traces, and that nothing slept in atomic context. Not
// asserted is how many nodes an operation asks for (Specification 5.13).
//
// What a subject is refused depends on how many nodes it asks for. The oracle asks for none, so it
// cannot tell; it is told, here as in a run, in which steps memory was refused, and nothing more.
// Where a full reserve must hold (Specification 4.4.a) it is not even told that.

extension Scenario {
  /// The scenario as the source of a Swift test, for a subject that is refused memory where this
  /// build's own one is (`refusedSteps()`). If nothing can be refused the subject is not run.
  ///
  /// - Parameters:
  ///   - name: as `unmap-misses-mapping-2`: the test becomes `unmapMissesMapping2()` and is called
  ///     "unmap misses mapping 2".
  ///   - comment: lines to stand above the test.
  /// - Complexity: that of a run, and O(entries) for each time that a map is emptied.
  @_alwaysEmitIntoClient
  public func swiftTest(named name: String, comment: [String] = []) -> String {
    swiftTest(named: name, comment: comment, refusedSteps: refusedSteps())
  }

  /// The scenario as the source of a Swift test, with nothing but the oracle run: for a build whose
  /// subject traps, or is refused memory where it should not ask for any.
  ///
  /// - Parameters:
  ///   - name: as `unmap-misses-mapping-2`: the test becomes `unmapMissesMapping2()` and is called
  ///     "unmap misses mapping 2".
  ///   - comment: lines to stand above the test.
  ///   - refusedSteps: the indices of the operations in which the subject finds no memory.
  ///   - endsOpen: whether nobody knows if the last operation is one of them, because the subject did
  ///     not survive it. Then the test does it, and expects no more than that it is survived and leaves
  ///     the structure sound.
  /// - Complexity: O(operations x pages of an operation), and O(entries) for each time that a map is
  ///   emptied.
  public func swiftTest(
    named name: String, comment: [String] = [], refusedSteps: Set<Int>, endsOpen: Bool = false
  ) -> String {
    let openStep = endsOpen ? operations.indices.last : nil
    var writer = SwiftTestWriter()
    let imports: [String]
    switch world.family {
    case .map, .direct:
      imports = ["ReverseMap", "ReverseMapping"]
      writer.writeMaps(self, refusedSteps: [], openStep: nil)
    case .vm, .memory:
      imports = ["RangeTree", "ReverseMap", "ReverseMapping"]
      writer.writeMaps(self, refusedSteps: refusedSteps, openStep: openStep)
    case .tree:
      let needsPlans = operations.contains { $0.kind == .refuse }
      imports = needsPlans ? ["RangeTree", "ReverseMapping"] : ["RangeTree"]
      writer.writeTree(self, refusedSteps: refusedSteps, openStep: openStep)
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

  /// What a reader has to know of a test in which memory is refused.
  private static let refusalNote = [
    "  // Which operations find no memory depends on how many nodes a tree asks for. If that changes",
    "  // for good reason, write this test anew from its scenario.",
  ]

  /// The runs of letters and digits in `name`; of a name that has none, "scenario".
  private static func words(of name: String) -> [String] {
    let words = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
    return words.isEmpty ? ["scenario"] : words
  }

  /// `words` in camel case, as a name that a function can have.
  private static func functionName(_ words: [String]) -> String {
    let rest = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
    let first = words[0].prefix(1).lowercased() + words[0].dropFirst()
    let name = ([first] + rest).joined()
    // One word alone may be a keyword, or the name of what the test makes.
    return name.first?.isNumber == true || rest.isEmpty
      ? "test" + name.prefix(1).uppercased() + name.dropFirst() : name
  }
}
