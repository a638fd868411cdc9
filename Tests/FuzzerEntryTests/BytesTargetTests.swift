import Scenario
import Testing

@testable import FuzzerEntry

@Suite("A fuzzing process with a bytes target")
struct BytesTargetTests {
  @Test("any bytes are passed to the check unchanged")
  func inputs() {
    var seen: [[UInt8]] = []
    let target = FuzzTarget(name: "tests", largest: 4) {
      seen.append(Array($0))
      return nil
    }
    var session = Session(target)
    let inputs: [[UInt8]] = [[], [3], [1, 2, 3, 4, 5, 6, 7, 8, 9]]
    for input in inputs { #expect(input.withUnsafeBytes { session.test($0) } == 0) }
    #expect(seen == inputs)
  }

  @Test("a crossover has the length of one parent, and each byte from either")
  func crossOver() {
    var session = Session(FuzzTarget(name: "tests", largest: 6) { _ in nil })
    let (first, second) = ([UInt8](repeating: 1, count: 3), [UInt8](repeating: 2, count: 5))
    var children: Set<[UInt8]> = []
    for seed in 0..<200 as Range<CUnsignedInt> {
      var output = [UInt8](repeating: 9, count: 8)
      let size = first.withUnsafeBytes { first in
        second.withUnsafeBytes { second in
          output.withUnsafeMutableBytes {
            session.crossOver(first, second, into: $0, seed: seed)
          }
        }
      }
      let child = Array(output[..<size])
      #expect(size == 3 || size == 5)
      #expect(child.prefix(3).allSatisfy { $0 == 1 || $0 == 2 })
      #expect(child.dropFirst(3).allSatisfy { $0 == 2 })
      children.insert(child)
    }
    #expect(children.count == 16)
  }

  @Test("a report has the failure and the bytes")
  func report() {
    let target = BytesTarget(largest: 3) { _ in nil }
    let bytes: [UInt8] = [0, 0xab, 7, 8]
    #expect(
      bytes.withUnsafeBytes { target.report("It is odd.", for: $0, of: "FuzzOdd") } == """
        revfuzz: DIVERGENCE in FuzzOdd
          It is odd.
          input      00 ab 07

        """)
  }
}
