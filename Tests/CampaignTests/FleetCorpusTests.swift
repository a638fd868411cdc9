import Foundation
import Scenario
import TestSupport
import Testing

@testable import Campaign
@testable import Files

/// Whether a program is on PATH. A test that needs it says so if it is skipped.
private func isInstalled(_ program: String) -> Bool {
  (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .contains { access("\($0)/\(program)", X_OK) == 0 }
}

private let hasUnzip = isInstalled("unzip")

/// A scenario of a virtual machine in bytes, with one operation that holds `word`, of at most 23
/// bytes.
private func input(_ word: String, family: World.Family = .vm) -> [UInt8] {
  let header = Scenario(world: World(family: family), operations: []).encoded()
  let rest = [UInt8](repeating: 0, count: Limits.operationBytes - 1 - word.utf8.count)
  return header + [0] + Array(word.utf8) + rest
}

/// Runs the command, with scripts in place of the targets.
@Suite("revfuzz corpus import", .waitsForProcesses)
struct FleetCorpusTests {
  private let project = try! FakeProject(["FuzzShadow", "FuzzRangeTree", "FuzzWords"])
  /// A folder of this test's own for temporary files, which must be empty at the end.
  private let temporary = try! Scratch()

  /// Runs `corpus import` with a temporary folder that must be empty at the end.
  private func add(
    _ path: String, _ more: [String] = [], environment: [String: String] = [:]
  ) throws -> ChildProcess {
    let run = try ChildProcess(
      Run.executable, ["corpus", "import", path, "--build", project.path("build")] + more,
      in: project.url, environment: ["TMPDIR": temporary.url.path].merging(environment) { $1 })
    #expect(temporary.names == [], "\(run.error)")
    return run
  }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    let url = project.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  private func writeZip(_ entries: [ZipBytes.Entry], _ name: String) throws {
    try write(ZipBytes(entries).bytes, name)
  }

  /// The contents of the corpus of a target.
  private func corpus(_ target: String = "FuzzShadow") -> Set<Data> {
    InputFolder(path: project.path("Corpus/\(target)")).contents
  }

  private static let committed = Data("committed".utf8)

  @Test(
    "a zip file of one target is added, and its name says which target",
    .enabled(if: hasUnzip, "unzip is not installed"),
    arguments: [
      "cifuzz-corpus-FuzzShadow.zip", "a b/it's FuzzShadow[1]*.zip", "./-FuzzShadow",
      "größe FuzzShadow",
      "FuzzShadow/corpus/public.zip",
    ])
  func zip(name: String) throws {
    try writeZip([.init("one", input("first..")), .init("sub/two", input("second."))], name)
    let run = try add(name)
    #expect(run.code == 0 && run.error.isEmpty, "\(run.error)")
    #expect(run.output == "FuzzShadow: 3 files, 73 bytes, 2 new; 3 edges, 1 before\n")
    #expect(corpus() == [Self.committed, Data(input("first..")), Data(input("second."))])
  }

  @Test("a folder has a folder for each target, and all else in it is ignored")
  func folders() throws {
    try write(input("first.."), "a storage/corpus/FuzzShadow/1")
    try write(input("second."), "a storage/corpus of FuzzShadow/revfuzz_FuzzRangeTree/sub/1")
    try write(input("third.."), "a storage/corpus/FuzzWords/1")
    try write(input("fourth."), "a storage/README")
    try write(input("fifth.."), "a storage/.git/FuzzShadow/1")
    let one = try add("a storage", ["--target", "FuzzRangeTree"])
    #expect(one.code == 0 && one.error.isEmpty, "\(one.error)")
    #expect(corpus() == [Self.committed])
    #expect(corpus("FuzzRangeTree") == [Data(input("second."))])
    let all = try add("a storage")
    #expect(all.code == 0 && all.error.isEmpty, "\(all.error)")
    #expect(all.output.split(separator: "\n").count == 2)
    #expect(corpus() == [Self.committed, Data(input("first.."))])
    // Again there is nothing new.
    #expect(try add("a storage").output.contains(", 0 new; "))
  }

  @Test(
    "a tar file, alone or in an artifact, counts as a folder",
    .enabled(if: isInstalled("tar") && hasUnzip, "tar or unzip is not installed"))
  func tar() throws {
    try write(input("first.."), "inputs/1")
    #expect(symlink(project.path("inputs/1"), project.path("inputs/link")) == 0)
    let name = "cifuzz-corpus-FuzzShadow"
    let packed = try ChildProcess(
      "/usr/bin/env", ["tar", "-cf", "\(name).tar", "-C", "inputs", "."], in: project.url)
    try #require(packed.code == 0)
    let bytes = try Data(contentsOf: project.url.appendingPathComponent("\(name).tar"))
    try writeZip([.init("\(name).tar", Array(bytes))], "\(name).zip")
    try writeZip([.init("\(name).tar", Array(bytes))], "artifact")
    try write(Array(bytes), "artifacts/a [1]/\(name).tar")
    for path in ["\(name).tar", "\(name).zip", "artifact", "artifacts"] {
      try FileManager.default.removeItem(atPath: project.path("Corpus/FuzzShadow"))
      let run = try add(path)
      #expect(run.code == 0 && run.error.isEmpty, "\(run.error)")
      #expect(corpus() == [Data(input("first.."))])
    }
    try write(Array(repeating: 65, count: 2000), "damaged/\(name).tar")
    let damaged = try add("damaged")
    #expect(
      damaged.code == 65 && damaged.error.contains("tar cannot unpack it"), "\(damaged.error)")
  }

  @Test("if nothing tells the target, one line says what to do, and --target does")
  func unknownTarget() throws {
    try write(input("first.."), "inputs/1")
    let run = try add("inputs")
    #expect(run.code == 64)
    #expect(
      run.error == "revfuzz: cannot tell which target inputs is of; name it with --target, as in "
        + "--target FuzzShadow\n")
    #expect(try add("inputs", ["--target", "FuzzShadow"]).code == 0)
    #expect(corpus().count == 2)
    try write(input("first.."), "FuzzShadow or FuzzRangeTree/1")
    #expect(try add("FuzzShadow or FuzzRangeTree").code == 64)
  }

  @Test(
    "a target whose corpus is made by hand, or that is not here, is refused",
    arguments: [
      ("plain/FuzzWords", []), ("words/1/FuzzWords", []),
      ("inputs/1/a", ["--target", "FuzzWords"]),
      ("inputs/2/a", ["--target", "FuzzNone"]),
      ("tree/1/FuzzRangeTree", ["--target", "FuzzShadow"]),
    ])
  func refusedTarget(folder: String, more: [String]) throws {
    try write(input("first.."), "\(folder)/1")
    let path = folder.split(separator: "/").dropLast().joined(separator: "/")
    let run = try add(path, more)
    #expect(run.code == 64 && run.error.filter { $0 == "\n" }.count == 1, "\(run.error)")
    #expect(run.error.hasPrefix("revfuzz: cannot use "), "\(run.error)")
    #expect(corpus() == [Self.committed])
  }

  /// Files that are no corpus, what is wrong with them, and the exit code.
  private static let broken: [(entries: [ZipBytes.Entry], cut: Int, words: String, code: Int32)] = [
    ([], 0, "has no files", 66),
    ([.init("folder/", [], mode: 0o040_755)], 0, "has no files", 66),
    ([.init("a", input("first.."))], 30, "unzip cannot unpack it", 65),
    ([.init("a", input("first.."))], 999, "unzip cannot unpack it", 65),
    ([.init("a", input("first.."), isEncrypted: true)], 0, "is encrypted", 65),
    ([.init("a", Array("no scenario".utf8))], 0, "is a vm scenario in bytes", 65),
    // Symbolic links, of which one leads to inputs and one is a folder for the next entry.
    ([.init("a", Array("/proc/self/exe".utf8), mode: 0o120_777)], 0, "has no files", 66),
    ([.init("a", Array("INPUTS".utf8), mode: 0o120_777)], 0, "has no files", 66),
    (
      [.init("a", Array("INPUTS".utf8), mode: 0o120_777), .init("a/evil", input("first.."))], 0,
      "unzip cannot unpack it", 65
    ),
  ]

  @Test(
    "a zip file that is no corpus is refused in one line, and changes nothing",
    .enabled(if: hasUnzip, "unzip is not installed"), arguments: broken.indices)
  func bad(index: Int) throws {
    let (entries, cut, words, code) = Self.broken[index]
    try write(input("second."), "inputs/1")
    let inputs = Array(project.path("inputs").utf8)
    let linked = entries.map { entry in
      var entry = entry
      if entry.bytes == Array("INPUTS".utf8) { entry.bytes = inputs }
      return entry
    }
    try write(Array(ZipBytes(linked).bytes.dropLast(cut)), "FuzzShadow.zip")
    let run = try add("FuzzShadow.zip")
    #expect(run.code == code, "\(run.error)")
    #expect(run.error.contains(words), "\(run.error)")
    #expect(run.error.filter { $0 == "\n" }.count == 1 && run.output.isEmpty, "\(run.error)")
    #expect(corpus() == [Self.committed])
    #expect(try FileManager.default.contentsOfDirectory(atPath: project.path("inputs")) == ["1"])
  }

  @Test(
    "names in a zip file lead nowhere else, and may be any bytes",
    .enabled(if: hasUnzip, "unzip is not installed"))
  func names() throws {
    try writeZip(
      [
        .init("../../../evil", input("first..")),
        .init("/\(temporary.path("evil"))", input("second.")),
        .init("a\nb \u{1}*", input("third..")), .init("same", input("fourth.")),
        .init("same", input("fifth..")), .init("locked/", [], mode: 0o040_000),
        .init("locked/a", input("sixth.."), mode: 0o100_000),
      ], "FuzzShadow.zip")
    let run = try add("FuzzShadow.zip")
    #expect(run.code == 0 && run.error.isEmpty, "\(run.error)")
    let words = ["first..", "second.", "third..", "fifth..", "sixth.."]
    #expect(corpus() == Set(words.map { Data(input($0)) } + [Self.committed]))
  }

  @Test(
    "a zip file whose contents are too large is refused",
    .enabled(if: hasUnzip, "unzip is not installed"))
  func tooLarge() async throws {
    // 40 files take 40 blocks of 4 KB, of which 39 are allowed. Hidden ones count too.
    let entries = (0..<40).map { ZipBytes.Entry(".\($0)", [1]) }
    try writeZip(entries, "FuzzShadow.zip")
    for (blocks, isRefused) in [(39, true), (40, false)] {
      let scratch = try Scratch()
      let file = Archive(
        path: project.path("FuzzShadow.zip"), maxSpace: blocks * 4096, supervisor: Run.executable)
      do throws(CommandError) {
        _ = try await file.unpack(in: scratch.url.path)
        #expect(!isRefused)
      } catch {
        #expect(isRefused && error.exitCode.rawValue == 65)
        #expect(error.description.contains("its contents take more than "))
      }
    }
  }

  @Test("without unzip, one line says what to do")
  func noUnzip() throws {
    try writeZip([.init("one", input("first.."))], "FuzzShadow.zip")
    let run = try add("FuzzShadow.zip", environment: ["PATH": project.path("build")])
    #expect(run.code == 71)
    #expect(
      run.error == "revfuzz: cannot start unzip: it is not installed; or unpack FuzzShadow.zip and "
        + "give the folder\n")
    for path in ["missing", "", "/dev/null"] {
      let run = try add(path)
      #expect(run.code == 66 && run.error.hasPrefix("revfuzz: cannot read "), "\(run.error)")
    }
  }

  @Test("only scenarios in bytes of the target's family are added, and links are not followed")
  func others() throws {
    try write(input("first.."), "FuzzShadow/1")
    try write([], "FuzzShadow/empty")
    try write([4, 4, 0], "FuzzShadow/short")
    try write([3] + input("second.").dropFirst(), "FuzzShadow/version")
    try write(input("third..", family: .tree), "FuzzShadow/family")
    try write(input("fourth.") + [0], "FuzzShadow/partial")
    try write(Array(FakeProject.failing.utf8), "FuzzShadow/text")
    try write(input("fifth..") + [UInt8](repeating: 0, count: 256 * 24), "FuzzShadow/long")
    try write(input("sixth.."), "elsewhere/1")
    for (name, path) in [("link", "elsewhere/1"), ("folder", "elsewhere")] {
      #expect(symlink(project.path(path), project.path("FuzzShadow/\(name)")) == 0)
    }
    #expect(mkfifo(project.path("FuzzShadow/pipe"), 0o600) == 0)
    let run = try add("FuzzShadow")
    #expect(run.code == 0)
    #expect(
      run.error
        == "revfuzz: FuzzShadow: files that are no vm scenario in bytes were left out: 7 of "
        + "8\n")
    #expect(corpus() == [Self.committed, Data(input("first.."))])
  }

  @Test("inputs that fail are left out, saved as findings and reported, with exit code 1")
  func failing() throws {
    let failing = input("FAILFAIL")
    try write(failing, "FuzzShadow/1")
    try write(input("first.."), "FuzzShadow/2")
    let run = try add("FuzzShadow")
    #expect(run.code == 1)
    #expect(
      run.error == "revfuzz: FuzzShadow: inputs that fail were left out: 1; "
        + "./revfuzz replay out/fuzz/FuzzShadow/findings\n")
    #expect(corpus() == [Self.committed, Data(input("first.."))])
    let findings = InputFolder(path: project.path("out/fuzz/FuzzShadow/findings"))
    #expect(findings.contents == [Data(failing)])
    #expect(findings.names.allSatisfy { $0.hasPrefix("crash-") })
  }

  @Test("a corpus whose inputs fail by now loses them only; a seed that fails ends the command")
  func failingBefore() throws {
    try write(Array("FAILFAIL".utf8), "Corpus/FuzzShadow/old")
    try write(input("first.."), "FuzzShadow/1")
    #expect(try add("FuzzShadow").code == 1)
    #expect(corpus() == [Self.committed, Data(input("first.."))])
    try write(Array("FAILFAIL".utf8), "Seeds/FuzzShadow/bad.bytes")
    try write(input("second."), "FuzzShadow/1")
    let run = try add("FuzzShadow")
    #expect(run.code == 71)
    #expect(run.error.contains("a seed fails; ./revfuzz replay out/fuzz/FuzzShadow/findings"))
    #expect(corpus() == [Self.committed, Data(input("first.."))])
  }

  @Test("a merge that fails changes nothing")
  func failedMerge() throws {
    try project.set(.skips, "FuzzShadow")
    try write(input("first.."), "FuzzShadow/1")
    let run = try add("FuzzShadow")
    #expect(run.code == 71 && run.error.contains("the merge failed"), "\(run.error)")
    #expect(InputFolder.names(in: project.path("Corpus")) == ["FuzzShadow"])
    #expect(corpus() == [Self.committed])
  }

  @Test("a result that reaches fewer edges is refused, unless only the order makes the difference")
  func fewerEdges() throws {
    try write(input("first.."), "FuzzShadow/1")
    // The script counts a file as an edge. A merge drops these, and adds one: four are missing.
    for number in 1...5 { try write([UInt8(number)], "Corpus/FuzzShadow/redundant-\(number)") }
    let run = try add("FuzzShadow")
    #expect(run.code == 0 && run.output.hasSuffix("; 2 edges, 6 before\n"), "\(run.error)")
    for number in 1...6 { try write([UInt8(number)], "Corpus/FuzzShadow/redundant-\(number)") }
    try write(input("first.."), "FuzzShadow/1")
    let refused = try add("FuzzShadow")
    #expect(refused.code == 71)
    #expect(refused.error.contains("its result reaches 2 edges and the present corpus 8"))
    #expect(corpus().count == 8)
  }

  @Test("corpus alone is corpus rebuild, which takes what was found here")
  func rebuild() throws {
    try write(input("first.."), "out/fuzz/FuzzShadow/corpus/1")
    for words in [["corpus"], ["corpus", "rebuild"]] {
      let run = try Run(
        words + ["--targets", "FuzzShadow", "--build", project.path("build")], in: project.url)
      #expect(run.code == 0 && run.output.hasPrefix("FuzzShadow: 2 files, "), "\(run.error)")
    }
    #expect(corpus() == [Self.committed, Data(input("first.."))])
  }
}
