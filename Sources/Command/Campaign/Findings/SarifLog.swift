import FileNames
import Foundation

/// The results of triage as a SARIF 2.1.0 document (OASIS, 2020), which code hosts can show: one
/// result for each file that fails.
package struct SarifLog: Encodable {
  private struct Run: Encodable {
    var tool = Tool()
    var results: [Result] = []
  }

  private struct Tool: Encodable {
    var driver = Driver()
  }

  private struct Driver: Encodable {
    var name = "revfuzz"
    /// The failure signatures of the results, each once, in order of appearance.
    var rules: [Rule] = []
  }

  private struct Rule: Encodable {
    var id: String
    var shortDescription: Message
  }

  private struct Result: Encodable {
    var ruleId: String
    var level = "error"
    var message: Message
    var locations: [Location]
    var properties: Properties
  }

  private struct Message: Encodable {
    var text: String
  }

  private struct Location: Encodable {
    var physicalLocation: PhysicalLocation
  }

  private struct PhysicalLocation: Encodable {
    var artifactLocation: ArtifactLocation
  }

  private struct ArtifactLocation: Encodable {
    var uri: String
  }

  private struct Properties: Encodable {
    /// `new` or `known`.
    var result: TriageLine.Result
    /// The folder of the finding.
    var finding: String?
    var reproduction: String?
  }

  private enum CodingKeys: String, CodingKey {
    case schema = "$schema"
    case version, runs
  }

  private let schema = "https://json.schemastore.org/sarif-2.1.0.json"
  private let version = "2.1.0"
  private var runs = [Run()]

  /// A document without results.
  package init() {}

  /// Adds the result for the file at `path`, unless it passed.
  package mutating func add(_ line: TriageLine, _ path: String) {
    guard let signature = line.signature, let failure = line.failure else { return }
    let rule = Rule(id: signature, shortDescription: Message(text: failure))
    if !runs[0].tool.driver.rules.contains(where: { $0.id == signature }) {
      runs[0].tool.driver.rules.append(rule)
    }
    runs[0].results.append(
      Result(
        ruleId: signature, message: Message(text: line.description),
        locations: [
          Location(
            physicalLocation: PhysicalLocation(
              artifactLocation: ArtifactLocation(uri: Self.reference(to: path))))
        ],
        properties: Properties(
          result: line.result, finding: line.finding, reproduction: line.reproduction)))
  }

  /// The document as JSON.
  package var json: String { TriageLine.json(of: self) }

  /// The URI reference of the file at `path` (RFC 3986): relative if the path is. All bytes but
  /// letters, digits and `-._~/` are escaped, so the path may hold any.
  static func reference(to path: String) -> String {
    let escaped = FileName.bytes(of: path).map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        return String(UnicodeScalar(byte))
      case _ where "-._~/".utf8.contains(byte): return String(UnicodeScalar(byte))
      default: return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }
    return (path.hasPrefix("/") ? "file://" : "") + escaped.joined()
  }
}
