import Foundation
import Scenario
import TestSupport
import Testing

/// Whether this machine has the archiver that scripts/fleet-build needs.
private let hasZip = ["zip", "unzip"].allSatisfy { name in
  (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
  }
}

@Suite(
  "The scripts: builds for a fleet", .waitsForProcesses,
  .enabled(if: hasZip, "install zip and unzip"))
struct FleetBuildTests {
  /// A project with an input for each of two targets.
  private func project() throws -> ScriptProject {
    let project = try ScriptProject("the project")
    for (target, name) in [
      ("FuzzOne", "b"), ("FuzzOne", "a c"), ("FuzzTwo", "a"), ("FuzzForeign", "a"),
      ("FuzzShadow", "s"),
    ] {
      try FileManager.default.createDirectory(
        atPath: project.path("Corpus/\(target)"), withIntermediateDirectories: true)
      try project.write(target + name, to: "Corpus/\(target)/\(name)")
    }
    return project
  }

  private func files(_ project: ScriptProject, _ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: project.scratch.path(folder)).sorted()
  }

  @Test("the folder has the targets of our own map, their corpora and their options")
  func contents() throws {
    let project = try project()
    let run = try project.bash("OUT='../the out' scripts/fleet-build")
    #expect(run.code == 0, "\(run.output)")
    #expect(
      try files(project, "the out") == [
        "FuzzOne", "FuzzOne.options", "FuzzOne_seed_corpus.zip",
        "FuzzTwo", "FuzzTwo.options", "FuzzTwo_seed_corpus.zip",
      ])
    let list = try project.bash("unzip -qq -l '../the out/FuzzOne_seed_corpus.zip' | cut -c31-")
    #expect(list.output == "a c\nb\n")
    let options = try String(
      contentsOfFile: project.scratch.path("the out/FuzzTwo.options"), encoding: .utf8)
    #expect(options.contains("\nmax_len = \(Limits.bytes)\n"))
  }

  @Test("equal corpora make equal archives, whatever the dates and the order of the files")
  func equal() throws {
    let project = try project()
    #expect(try project.bash("OUT=../one scripts/fleet-build FuzzOne").code == 0)
    // The dates in an archive have a resolution of two seconds.
    let again = try project.bash(
      """
      sleep 2
      cd Corpus/FuzzOne && mv b x && mv x b && touch -d 2001-01-01 'a c' && chmod 600 b && cd ../..
      TZ=Asia/Tokyo OUT=../two scripts/fleet-build FuzzOne
      cmp ../one/FuzzOne_seed_corpus.zip ../two/FuzzOne_seed_corpus.zip
      """)
    #expect(again.code == 0, "\(again.output)")
  }

  @Test("a library comes with FuzzForeign alone, beside it, and is no executable")
  func library() throws {
    let project = try project()
    let run = try project.bash(
      "echo code >../m.so && chmod 755 ../m.so && OUT=../out scripts/fleet-build --subject ../m.so")
    #expect(run.code == 0, "\(run.output)")
    #expect(
      try files(project, "out") == [
        "FuzzForeign", "FuzzForeign.options", "FuzzForeign.so", "FuzzForeign_seed_corpus.zip",
      ])
    #expect(
      !FileManager.default.isExecutableFile(atPath: project.scratch.path("out/FuzzForeign.so")))
    // It starts from what was found with our own map too.
    let list = try project.bash("unzip -qq -l ../out/FuzzForeign_seed_corpus.zip | cut -c31-")
    #expect(list.output == "a\ns\n")
  }

  @Test("the service's flags are used, but for its sanitizers")
  func flags() throws {
    let project = try project()
    let service =
      "-Xswiftc -parse-as-library -Xswiftc -sanitize=fuzzer,address --sanitize=address -Xcc=-O1"
    let run = try project.bash(
      "OUT=../out SANITIZER=thread scripts/fleet-build FuzzOne", ["SWIFTFLAGS": service])
    #expect(run.code == 0, "\(run.output)")
    let words = project.lines("builds").last?.split(separator: " ").map(String.init) ?? []
    #expect(words.filter { $0.contains("sanitize=") } == ["-sanitize=fuzzer,thread"])
    #expect(words.count { $0 == "--sanitize" } == 1)
    #expect(words.contains("--static-swift-stdlib"))
    #expect(words.contains("-Xcc=-O1"))
    #expect(words.contains("-parse-as-library"))
    // A -Xswiftc without its flag would take the next word.
    #expect(words.count { $0 == "-Xswiftc" } == words.count { $0.hasPrefix("-parse") } + 2)
  }

  @Test(
    "what cannot be built is one line",
    arguments: [
      ("scripts/fleet-build", "OUT is not set"),
      ("OUT=../out SANITIZER=memory scripts/fleet-build", "SANITIZER is 'memory'"),
      ("OUT=../out scripts/fleet-build FuzzForeign", "needs a library"),
      ("OUT=../out scripts/fleet-build FuzzCanary", "fails on purpose"),
      ("OUT=../out scripts/fleet-build FuzzNone", "no target 'FuzzNone'"),
      ("OUT=../out scripts/fleet-build --subject none.so", "cannot read the library"),
      ("OUT=/dev/null/out scripts/fleet-build", "cannot write to /dev/null/out"),
      ("OUT=../out scripts/fleet-build --none", "unknown option '--none'"),
      (
        "echo plain >../m.so; OUT=../out scripts/fleet-build --subject ../m.so 2>&1 | "
          + "grep -v ^building; exit ${PIPESTATUS[0]}", "m.so is not instrumented"
      ),
    ])
  func refused(line: String, reason: String) throws {
    let run = try project().bash(line)
    #expect(run.code == 2)
    #expect(run.output.contains(reason), "\(run.output)")
    #expect(run.output.split(separator: "\n").count == 1, "\(run.output)")
  }
}
