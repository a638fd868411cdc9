// `Operation` is also a class of Foundation: only this file imports it.
import Foundation
import TestSupport

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
