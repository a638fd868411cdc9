import Foundation
import TestSupport
import Testing

/// A module of this package, as declared in Package.swift.
private struct Module: CustomTestStringConvertible {
  let name: String
  /// The folder of its sources, relative to the project's root.
  let folder: String

  var testDescription: String { name }
}

/// The sources of the project that contains this test.
private enum House {
  /// The modules of Sources/ in the order of Package.swift, which follows the data flow.
  static let modules: [Module] = {
    let package = text(of: "Package.swift")
    // A declaration extends to the next one.
    let declaration =
      #/
        \.(target|executableTarget|testTarget)\(\s*name:\s"(\w+)"(.*?)
        (?=\.target\(|\.executableTarget\(|\.testTarget\(|\z)
      /#
      .dotMatchesNewlines()
    return package.matches(of: declaration).compactMap { match in
      guard let path = match.3.firstMatch(of: /path: "(Sources\/[^"]+)"/) else { return nil }
      return Module(name: String(match.2), folder: String(path.1))
    }
  }()

  static func text(of path: String) -> String {
    (try? Project.text(path)) ?? ""
  }

  /// The Swift files in and below `folder`, as sorted paths relative to the project's root.
  static func swiftFiles(in folder: String) -> [String] {
    Project.files(in: folder, ending: ".swift")
  }

  /// The modules that the file at `path` imports, in whole or in part.
  static func imports(of path: String) -> [String] {
    let line =
      #/
        ^\s*(?:@\w+(?:\([^)]*\))?\s+)*
        (?:(?:public|package|internal|fileprivate|private)\s+)?
        import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)
      /#
      .anchorsMatchLineEndings()
    return text(of: path).matches(of: line).map { String($0.1) }
  }
}

@Suite("Modules import only earlier modules of Package.swift")
struct ImportRuleTests {
  private static let modules = House.modules

  @Test("each module has a source folder of its own, and each source file a module")
  func modules() {
    #expect(Self.modules.count > 15)
    #expect(Set(Self.modules.map(\.folder)).count == Self.modules.count)
    for module in Self.modules where !module.name.hasPrefix("C") || module.name == "Campaign" {
      #expect(!House.swiftFiles(in: module.folder).isEmpty, "\(module.folder)")
    }
    // A source folder without a declared module would escape the rule.
    for file in House.swiftFiles(in: "Sources") {
      #expect(Self.modules.contains { file.hasPrefix($0.folder + "/") }, "\(file)")
    }
  }

  @Test("a module imports only modules that are declared before it", arguments: House.modules)
  fileprivate func order(module: Module) throws {
    let names = Self.modules.map(\.name)
    let place = try #require(names.firstIndex(of: module.name))
    for file in House.swiftFiles(in: module.folder) {
      for name in House.imports(of: file) {
        guard let other = names.firstIndex(of: name) else { continue }
        #expect(other < place, "\(file) imports \(name), which is declared after \(module.name)")
      }
    }
  }

  @Test("of Sources/Map, the oracle imports only ReverseMapping, so it shares no code with a map")
  func oracle() throws {
    let oracle = try #require(Self.modules.first { $0.name == "Oracle" })
    let map = Self.modules.filter { $0.folder.hasPrefix("Sources/Map/") }.map(\.name)
    #expect(map.contains("ReverseMap") && map.contains("RangeTree"))
    for file in House.swiftFiles(in: oracle.folder) {
      for name in House.imports(of: file) where map.contains(name) {
        #expect(name == "ReverseMapping", "\(file) imports \(name)")
      }
    }
  }

  @Test("only Processes starts processes")
  func subprocess() throws {
    let processes = try #require(Self.modules.first { $0.name == "Processes" })
    let files = House.swiftFiles(in: "Sources").filter {
      House.imports(of: $0).contains("Subprocess")
    }
    #expect(!files.isEmpty)
    for file in files {
      #expect(file.hasPrefix(processes.folder + "/"), "\(file) imports Subprocess")
    }
    // Foundation's Process and posix_spawn are forbidden everywhere.
    for file in House.swiftFiles(in: "Sources") {
      let startsProcess = House.text(of: file).contains(/\bProcess\s*[.(]|\bposix_spawnp?\b/)
      #expect(!startsProcess, "\(file)")
    }
  }
}
