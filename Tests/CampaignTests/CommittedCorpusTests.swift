import Foundation
import TestSupport
import Testing

@testable import Campaign

@Suite("The limits of a committed corpus")
struct CorpusLimitTests {
  private let scratch = try! Scratch()

  /// The names that are left of files named 0, 1, ... with these sizes.
  private func left(_ sizes: [Int], keeping: Set<String> = []) throws -> Set<String> {
    for (name, size) in sizes.enumerated() {
      try Data(count: size).write(to: scratch.url.appendingPathComponent("\(name)"))
    }
    try CommittedCorpus.limit(scratch.url.path, keeping: keeping)
    return Set(scratch.names)
  }

  @Test("1200 KB, the smallest first")
  func bytes() throws {
    let sizes = Array(repeating: 4096, count: 310) + [4095, 4097]
    let names = try left(sizes)
    // 299 of 4 KB and the smaller one are one byte less than 1200 KB.
    #expect(names.count == 300)
    #expect(names.contains("310") && !names.contains("311"))
  }

  @Test("490 blocks of 4 KB, so that many small files stay within 2 MB on disk")
  func space() throws {
    #expect(try left(Array(repeating: 16, count: 600)).count == 490)
  }

  @Test("inputs that reach an edge stay, and leave less room to others")
  func needed() throws {
    let names = try left(Array(repeating: 4096, count: 350), keeping: ["340", "349"])
    #expect(names.count == 300 && names.isSuperset(of: ["340", "349"]))
    #expect(try left([1_500_000], keeping: ["0"]) == ["0"])
  }
}
