import Differential
import Oracle
import ReverseMapping
import Scenario
import Testing

@Suite("Failure signatures")
struct FailureSignatureTests {
  private static func signature(_ lie: Lie, _ operations: String) throws -> FailureSignature {
    let scenario = try Scenario(text: "revfuzz-scenario 4\nworld map\n\(operations)")
    var harness = Harness(maps: { LyingMap($0, lie: lie) })
    let divergence = harness.run(scenario)
    return try #require(divergence).signature
  }

  @Test(
    "a signature's name states the operation and what it did wrong",
    arguments: [
      (
        Lie.missingRange,
        "record 0x0 -> 0x0 size 0x1000\nrecord 0x1000 -> 0x9000 size 0x1000\nunmap 0x0 size 0x2000",
        "unmap-reports-too-few-ranges"
      ),
      (
        Lie.wrongOrder,
        "record 0x0 -> 0x0 size 0x1000\nrecord 0x1000 -> 0x9000 size 0x1000\nunmap 0x0 size 0x2000",
        "unmap-reports-other-ranges"
      ),
      (
        Lie.extraRange, "record 0x0 -> 0x0 size 0x1000\nquery 0x0 size 0x1000",
        "query-reports-too-many-ranges"
      ),
      (Lie.shiftedBase, "record 0x1000 -> 0x0 size 0x1000", "record-holds-other-entries"),
      (Lie.forgetsFullUnmap, "begin-full-unmap", "begin-full-unmap-counts-other-full-unmaps"),
      (Lie.leaks, "record 0x0 -> 0x0 size 0x1000", "leaks-nodes"),
    ])
  func names(_ lie: Lie, _ operations: String, _ name: String) throws {
    #expect(try Self.signature(lie, operations).name == name)
  }

  @Test("a signature does not depend on addresses and sizes")
  func addresses() throws {
    let one = try Self.signature(.shiftedBase, "record 0x1000 -> 0x0 size 0x1000")
    let other = try Self.signature(.shiftedBase, "record 0x5000 -> 0x7000 size 0x3000")
    #expect(one == other)
  }

  @Test("numbers are removed from the detail of a signature")
  func sentences() {
    #expect(
      FailureSignature.withoutNumbers("0x1f nodes of 22 at level 3")
        == "# nodes of # at level #")
  }
}
