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

  @Test("400 KB, the smallest first")
  func bytes() throws {
    let sizes = Array(repeating: 2048, count: 210) + [2047, 2049]
    let names = try left(sizes)
    // 199 of 2 KB and the smaller one are one byte less than 400 KB.
    #expect(names.count == 200)
    #expect(names.contains("210") && !names.contains("211"))
  }

  @Test("490 blocks of 4 KB, so that many small files stay within 2 MB on disk")
  func space() throws {
    #expect(try left(Array(repeating: 16, count: 600)).count == 490)
  }

  @Test("inputs that reach an edge stay, and leave less room to others")
  func needed() throws {
    let names = try left(Array(repeating: 2048, count: 250), keeping: ["240", "249"])
    #expect(names.count == 200 && names.isSuperset(of: ["240", "249"]))
    #expect(try left([500_000], keeping: ["0"]) == ["0"])
  }
}
