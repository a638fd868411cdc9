// `Operation` is also a class of Foundation: only this file imports it.
import Foundation
import ReverseMapping
import TestSupport

@testable import Scenario

/// Random bytes of random length, for decoders that accept any bytes.
func randomBytes(upTo count: Int, using random: inout SplitMix64) -> [UInt8] {
  (0..<random.index(count + 1)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
}

/// Scenarios of `family`: half from the generator, half decoded from random bytes.
func scenarios(_ family: World.Family, count: Int, seed: UInt64) -> [Scenario] {
  var random = SplitMix64(seed: seed)
  return (0..<count).map { index in
    if index % 2 == 0 {
      return .random(family: family, operations: random.index(40), using: &random)
    }
    let bytes = randomBytes(upTo: 300, using: &random)
    return Scenario(decoding: bytes, family: family)
  }
}

/// The names and texts of a target's seeds.
func seedFiles(of target: String) throws -> [(name: String, text: String)] {
  let folder = Project.root.appendingPathComponent("Seeds").appendingPathComponent(target)
  return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    .filter { $0.pathExtension == "scenario" }
    .sorted { $0.path < $1.path }
    .map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
}

/// The names and bytes of a target's corpus.
func corpusFiles(of target: String) throws -> [(name: String, bytes: [UInt8])] {
  let folder = Project.root.appendingPathComponent("Corpus").appendingPathComponent(target)
  return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    .filter { !$0.lastPathComponent.hasPrefix(".") }
    .sorted { $0.path < $1.path }
    .map { ($0.lastPathComponent, [UInt8](try Data(contentsOf: $0))) }
}
