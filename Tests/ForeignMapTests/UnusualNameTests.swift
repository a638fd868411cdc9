import Foundation
import TestSupport
import Testing

/// The whole way of a scenario in a folder, and with files, whose names are unusual.
@Suite("Unusual names of files", .waitsForProcesses)
struct UnusualNameTests {
  private let scratch = try! Scratch()

  /// Names as bash's `$'...'` writes them, and as messages show them.
  private static let names = [
    (#"\xff\xfe"#, #"\xff\xfe"#), (#"a\nb"#, #"a\nb"#), (#"it\'s \"$x\" a"#, #"it's "$x" a"#),
    (#"caf\xe9 $(touch no)"#, #"caf\xe9 $(touch no)"#), ("größe", "größe"),
  ]

  /// Runs a script in a new folder with the unusual `name`. In the script `"$0"` is the command,
  /// `$n` the name.
  private func shell(_ name: String, _ script: String) throws -> ChildProcess {
    let script = "set -eu; n=$'\(name)'; mkdir -p \"$n\"; cd \"$n\"\n\(script)"
    return try ChildProcess("/bin/bash", ["-c", script, Run.executable], in: scratch.url)
  }

  private static let failing = """
    revfuzz-scenario 4
    world vm mmus 1
    record 0x1000 -> 0x2000 size 0x1000 mmu 0
    record 0x3000 -> 0x8000 size 0x1000 mmu 0
    unmap 0x0 size 0x8000

    """

  @Test("generate, assemble, show, replay and explain", arguments: names)
  func passing(name: String, shown: String) throws {
    let run = try shell(
      name,
      #"""
      "$0" generate --seed 1 > "$n"
      "$0" assemble "$n" --output "$n.bytes"
      "$0" show "$n.bytes" | cmp - "$n"
      "$0" explain "./$n" | tail -n 1
      mkdir "$n.d"; cp "$n" "$n.d/$n"
      "$0" replay "$n" "$n.d" "$PWD/$n.bytes"
      """#)
    #expect(run.code == 0 && run.error.isEmpty, "\(run.error)")
    let lines = run.output.split(separator: "\n")
    try #require(lines.count == 5, "\(run.output)")
    #expect(lines[0] == "no divergence in 32 operations")
    #expect(lines[1] == "pass \(shown) (32 operations)")
    #expect(lines[2] == "pass \(shown).d/\(shown) (32 operations)")
    #expect(
      lines[3].hasPrefix("pass /") && lines[3].hasSuffix("/\(shown)/\(shown).bytes (32 operations)")
    )
  }

  @Test("shrink and triage", arguments: names)
  func failing(name: String, shown: String) throws {
    let run = try shell(
      name,
      """
      cat > "$n" <<'END'
      \(Self.failing)END
      "$0" shrink --canary forget "$n" --out "$n.out" | grep wrote
      "$0" triage --canary forget "$n" --findings "$n.found" && exit 3
      "$0" triage --canary forget "$n.out/"*.scenario --findings "$n.found" --json
      test -e "$n.found/unmap-misses-a-mapping/about.json"
      "$0" replay "$n.found/"*/*.scenario "$n.found/"*/input
      """)
    #expect(run.code == 0, "\(run.output)\(run.error)")
    #expect(run.output.contains("wrote \(shown).out/unmap-misses-a-mapping.swift\n"))
    #expect(run.output.contains("\(shown): NEW, see \(shown).found/unmap-misses-a-mapping"))
    let line = try #require(run.output.split(separator: "\n").first { $0.hasPrefix("{\"fail") })
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    #expect(object?["result"] as? String == "known")
    #expect(
      object?["file"] as? String == "\(shown).out/unmap-misses-a-mapping.scenario")
    let found = try scratchFile(endingWith: ".scenario")
    #expect(found.contains("# Shrunk from \(shown).\n"))
  }

  /// The contents of the shrunk scenario that triage filed.
  private func scratchFile(endingWith ending: String) throws -> String {
    let find = try ChildProcess(
      "/bin/bash", ["-c", "cat */*.found/*/*\(ending)"], in: scratch.url)
    return find.output
  }

  @Test("a library", .enabled(if: TestLibrary.isThere, "clang is not on PATH"), arguments: names)
  func library(name: String, shown: String) throws {
    let library = try TestLibrary.sortedArray([("*count = to - from;", "*count = to > from;")])
    let run = try shell(
      name,
      """
      cp \(library) "$n.so"
      cat > "$n" <<'END'
      \(Self.failing)END
      "$0" replay --subject "$n.so" "$n" | head -n 1
      "$0" explain --subject "./$n.so" "$n" | grep -c "step 3"
      "$0" shrink --subject "$PWD/$n.so" "$n" --out "$n.out" | grep -c "^cc .*/unmap-misses-a-mapping.c' YOUR_MAP"
      "$0" replay --subject "$n.no.so" "$n" 2>&1 || true
      "$0" triage --subject "$n.so" "$n" --findings "$n.found" || true
      # The command that triage prints to a file is one to paste.
      replay=$(sed -n 's/.*"replay" : "\\(.*\\)",*$/\\1/p' "$n.found/"*/about.json)
      replay=$(printf '%s' "$replay" | sed 's/\\\\\\(["\\\\]\\)/\\1/g')
      eval "\\"\\$0\\" ${replay#./revfuzz }" | head -n 1
      """)
    #expect(run.code == 0, "\(run.output)\(run.error)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 7, "\(run.output)\(run.error)")
    #expect(lines.first?.contains("DIVERGENCE in \(shown) on sorted-array: unsound") == true)
    #expect(lines.last?.contains("on sorted-array: unsound") == true)
    #expect(run.output.contains("cannot read \(shown).no.so"))
  }

  @Test("triage --sarif prints a document with what the standard requires", arguments: names)
  func sarif(name: String, shown: String) throws {
    let run = try shell(
      name,
      """
      cat > "$n" <<'END'
      \(Self.failing)END
      cp "$n" "$n.2"; "$0" generate --seed 1 > passing
      "$0" triage --canary forget --sarif "$n" "$PWD/$n.2" passing --findings "$n.found" || true
      """)
    #expect(run.error.isEmpty && run.output.hasSuffix("}\n"))
    let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
    // Of sarifLog: version and runs; of run: tool; of tool: driver; of toolComponent: name; of
    // result: message; of artifactLocation: what names the file (SARIF 2.1.0, 3.13 to 3.28).
    let log = try #require(object as? [String: Any])
    #expect(log["version"] as? String == "2.1.0")
    let runs = try #require(log["runs"] as? [[String: Any]])
    try #require(runs.count == 1)
    let tool = try #require(runs[0]["tool"] as? [String: Any])
    let driver = try #require(tool["driver"] as? [String: Any])
    #expect(driver["name"] as? String == "revfuzz")
    let rules = try #require(driver["rules"] as? [[String: Any]])
    #expect(rules.map { $0["id"] as? String } == ["unmap-misses-a-mapping (unsound)"])
    let results = try #require(runs[0]["results"] as? [[String: Any]])
    try #require(results.count == 2)
    for (result, expected) in zip(results, ["new", "known"]) {
      #expect(result["ruleId"] as? String == "unmap-misses-a-mapping (unsound)")
      #expect(result["level"] as? String == "error")
      let text = try #require((result["message"] as? [String: Any])?["text"] as? String)
      #expect(text.contains(shown) && text.contains("unmap-misses-a-mapping (unsound); steady"))
      #expect((result["properties"] as? [String: Any])?["result"] as? String == expected)
      let locations = try #require(result["locations"] as? [[String: Any]])
      try #require(locations.count == 1)
      let place = try #require(locations[0]["physicalLocation"] as? [String: Any])
      let artifact = try #require(place["artifactLocation"] as? [String: Any])
      let uri = try #require(artifact["uri"] as? String)
      // A URI has no other characters, and each escape is of two digits.
      #expect(uri.wholeMatch(of: /(file:\/\/)?([A-Za-z0-9\-._~\/]|%[0-9A-F]{2})+/) != nil, "\(uri)")
      #expect(uri.hasPrefix("file:///") == (expected == "known"))
      // It leads to the file: printf understands the escapes.
      let path = uri.replacing("file://", with: "").replacing("%", with: #"\x"#)
      let found = try shell(name, "test -e \"$(printf '%b' '\(path)')\"")
      #expect(found.code == 0, "\(uri)")
    }
  }

  @Test("triage prints a document without results if nothing fails, and one form only")
  func emptySarif() throws {
    let run = try shell("a", #""$0" generate --seed 1 > b; "$0" triage --sarif b"#)
    #expect(run.code == 0)
    let log = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
    let runs = try #require(log?["runs"] as? [[String: Any]])
    #expect((runs.first?["results"] as? [Any])?.isEmpty == true)
    #expect(try shell("a", #""$0" triage --sarif --json b"#).code == 64)
  }

  @Test("a missing file is named readably, and a campaign refuses a name that is not UTF-8")
  func messages() throws {
    let missing = try shell(#"\xff"#, #""$0" replay $'no\xfe\nfile'"#)
    #expect(missing.code == 66)
    #expect(missing.error == "revfuzz: cannot read no\\xfe\\nfile: No such file or directory\n")
    for command in [
      "campaign --minutes 1 --state", "report --state", "corpus --state", "doctor --build",
      "throughput --build",
    ] {
      let run = try shell("a", #""$0" \#(command) $'x\xfe'"#)
      #expect(run.code == 64, "\(command)")
      #expect(run.error.hasPrefix(#"revfuzz: cannot use x\xfe: "#), "\(run.error)")
      let here = try shell(#"\xff"#, #""$0" \#(command) x"#)
      #expect(here.code == 64 && here.error.hasPrefix("revfuzz: cannot use /"), "\(here.error)")
      #expect(run.error.hasSuffix("UTF-8\n") && here.error.hasSuffix("UTF-8\n"))
    }
  }
}
