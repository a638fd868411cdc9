import Foundation
import TestSupport
import Testing

@Suite("The scripts: builds", .waitsForProcesses)
struct ScriptBuildTests {
  @Test("only the named targets are built and checked, and nothing if nothing has changed")
  func named() throws {
    let project = try ScriptProject()
    let first = try project.bash("scripts/build FuzzTwo")
    #expect(first.code == 0, "\(first.output)")
    #expect(project.lines("builds").count == 1)
    #expect(project.lines("builds").allSatisfy { $0.contains("--product FuzzTwo") })
    #expect(
      !FileManager.default.fileExists(
        atPath: project.path("FuzzTargets/.build-focus/release/FuzzOne")))
    let second = try project.bash("scripts/build FuzzTwo")
    #expect(second.output == project.path("FuzzTargets/.build-focus/release") + "\n")
    #expect(project.lines("builds").count == 1)
    // The rest is not built yet.
    #expect(try project.bash("scripts/build").code == 0)
    #expect(try project.bash("scripts/build").code == 0)
    #expect(try project.bash("scripts/build --everything FuzzOne").code == 0)
    #expect(project.lines("builds").count == 3)
  }

  @Test(
    "a change is built",
    arguments: [
      "touch Sources/new.swift", "touch -d 2001-01-01 Package.swift", "rm Sources/old.swift",
      "rm FuzzTargets/.build-focus/release/FuzzOne", "touch FuzzTargets/targets",
    ])
  func change(command: String) throws {
    let project = try ScriptProject()
    try project.write("", to: "Sources/old.swift")
    #expect(
      try project.bash("scripts/build FuzzOne && \(command) && scripts/build FuzzOne").code == 0)
    #expect(project.lines("builds").count == 2)
  }

  @Test("a target without coverage is rejected each time")
  func notInstrumented() throws {
    let project = try ScriptProject()
    for _ in 0..<2 {
      let run = try project.bash("scripts/build FuzzOne", ["COUNTERS": "899"])
      #expect(run.code == 2)
      #expect(
        run.output.hasSuffix(
          "scripts/build: FuzzOne is not instrumented: it has 899 coverage counters; "
            + "FuzzTargets/targets requires 900\n"))
    }
  }

  @Test("another user of the package manager's lock is named")
  func lock() throws {
    let project = try ScriptProject()
    let run = try project.bash(
      """
      cp "$(command -v sleep)" ../swift-build
      ../swift-build 100 >/dev/null 2>&1 & pid=$!
      mkdir -p FuzzTargets/.build-focus .build
      echo -n $pid | tee FuzzTargets/.build-focus/.lock >.build/.lock
      scripts/build FuzzOne; ./revfuzz; kill -KILL $pid
      """)
    for name in ["scripts/build", "revfuzz"] {
      #expect(run.output.contains("\(name): waiting for process "), "\(run.output)")
    }
  }
}

@Suite("The scripts: any surroundings", .waitsForProcesses)
struct ScriptSurroundingsTests {
  @Test("CDPATH, a symbolic link and another folder change nothing")
  func elsewhere() throws {
    let project = try ScriptProject()
    let plain = try project.bash("scripts/fuzz --runs 7 --target FuzzOne")
    #expect(plain.code == 0, "\(plain.output)")
    #expect(
      try project.bash(
        "CDPATH=.:.. scripts/fuzz --runs 7 --target FuzzOne"
      ).output == plain.output.withoutBuild)
    let linked = try project.bash(
      "mkdir scripts && ln -s project/scripts/fuzz 'a link' && CDPATH=. './a link' "
        + "--runs 7 --target FuzzOne --out 'its $(out)' && ls 'its $(out)/FuzzOne'",
      in: project.scratch.url)
    #expect(linked.code == 0)
    #expect(linked.output.hasSuffix("corpus\nfindings\nlog\n"), "\(linked.output)")
  }

  @Test(
    "a project can be anywhere that the package manager builds, and elsewhere one line says so",
    arguments: ["a b", "a'b", "a$b", "a(b", "a&b", "a;b", "a*b", "ü", #"a"b"#, #"a\b"#, "a\nb"])
  func folder(name: String) throws {
    let project = try ScriptProject(name)
    let isUsable = !name.contains(where: { "\"\\\n".contains($0) })
    for command in [
      "scripts/fuzz --runs 7 --target FuzzOne", "scripts/build", "./revfuzz replay x",
    ] {
      let run = try project.bash(command)
      #expect(run.code == (isUsable ? 0 : 2), "\(command): \(run.output)")
      guard !isUsable else { continue }
      #expect(run.output.contains("the package manager cannot build in "))
      let last = run.output.split(separator: "\n").filter { !$0.hasPrefix("scripts/fuzz: cannot") }
      #expect(last.count == 1, "\(run.output)")
    }
    #expect(isUsable || project.lines("builds").isEmpty)
  }

  @Test("a target that cannot be built ends the run, and the table has those that have run")
  func broken() throws {
    let project = try ScriptProject()
    let run = try project.bash(
      "scripts/fuzz --seconds 200", behaviour: "end clean 7", ["BROKEN": "FuzzTwo"])
    #expect(run.code == 2)
    #expect(run.output.contains("scripts/fuzz: cannot build FuzzTwo (see above)"))
    #expect(ScriptProject.row("FuzzOne", in: run.output).count == 8, "\(run.output)")
    #expect(ScriptProject.row("FuzzTwo", in: run.output).isEmpty)

    let none = try project.bash("scripts/fuzz --target FuzzTwo", ["BROKEN": "FuzzTwo"])
    #expect(none.code == 2)
    #expect(!none.output.contains("executions"), "\(none.output)")
  }

  @Test("bytes that are not UTF-8 are refused for the project, and work for results and a library")
  func bytes() throws {
    let project = try ScriptProject()
    let run = try project.bash(
      #"""
      touch $'../lib\xff.so'
      scripts/fuzz --runs 7 --subject $'../lib\xff.so' --out $'../o\xfe t' && ls -d $'../o\xfe t'/*/*
      mv ../project $'../p\xff' && cd $'../p\xff' && ./revfuzz replay
      """#)
    #expect(run.code == 2)
    #expect(run.output.contains("clean\n"), "\(run.output)")
    #expect(run.output.contains(#"cannot build in $'\#(project.scratch.url.path)/p\377'"#))
  }

  @Test("results go to --out, and the error for an unwritable folder names it")
  func out() throws {
    let project = try ScriptProject()
    let run = try project.bash("echo >file; scripts/fuzz --runs 7 --out file/x")
    #expect(run.code == 2)
    #expect(
      run.output.hasSuffix(
        "scripts/fuzz: cannot write to file/x; choose another folder with --out FOLDER\n"))
    let other = try project.bash(
      "REVFUZZ_OUT=one scripts/fuzz --runs 7 --target FuzzOne --out two; ls -d one two out")
    #expect(other.output.hasSuffix("\ntwo\n"), "\(other.output)")
  }

  @Test("a command to paste is printed for the caller's folder")
  func command() throws {
    let project = try ScriptProject("a 'b")
    let line = "scripts/fuzz --runs 7 --target FuzzOne"
    let behaviour = "echo \"command: $REVFUZZ_COMMAND\"; end clean 7"
    let inside = try project.bash(line, behaviour: behaviour)
    #expect(inside.output.contains("command: ./revfuzz\n"))
    let outside = try project.bash(
      "../*b/scripts/fuzz --runs 7 --target FuzzOne 2>&1 | sed -n 's/^command: //p' >command && "
        + "eval \"printf '%s\\n' $(cat command)\"",
      in: project.scratch.url.appendingPathComponent("bin"), behaviour: behaviour)
    #expect(outside.output == project.path("revfuzz") + "\n")
  }
}

extension String {
  /// Without the line with which scripts/build begins.
  fileprivate var withoutBuild: String {
    split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("building ") }.joined(separator: "\n")
  }
}

@Suite("scripts/mutants and the user's repository", .waitsForProcesses)
struct ScriptGitTests {
  /// Makes a repository of the folder, with a bug to plant.
  private static let makeRepository = """
    git init -q . && git config user.name a && git config user.email a@b.c
    echo text >Sources/text
    git add Sources FuzzTargets/targets scripts && git commit -q -m first
    """
  private static let bug = """
    Breaks: a text.
    Realistic: yes.
    Found by: FuzzOne.

    diff --git a/Sources/text b/Sources/text
    --- a/Sources/text
    +++ b/Sources/text
    @@ -1 +1 @@
    -text
    +bug

    """

  @Test("git's variables, as in a hook, do not lead it to the user's checkout")
  func hook() throws {
    let project = try ScriptProject()
    try project.write(Self.bug, to: "Mutants/bug.patch")
    let run = try project.bash(
      """
      { \(Self.makeRepository); git checkout -q -b work; echo more >>Sources/text
      git add Sources; } >/dev/null
      before=$(git symbolic-ref HEAD; git diff HEAD; git ls-files -s)
      GIT_DIR=$PWD/.git GIT_INDEX_FILE=$PWD/.git/index GIT_WORK_TREE=$PWD scripts/mutants plant bug
      echo "code $?"
      [[ $before == "$(git symbolic-ref HEAD; git diff HEAD; git ls-files -s)" ]] && echo same
      cat out/mutants/copy/Sources/text
      """)
    #expect(
      run.output == """
        warning: the copy does not contain your uncommitted changes
        \(project.path("out/mutants/copy"))
        code 0
        same
        bug

        """)
  }

  @Test("sources in a folder of another repository have no commit to copy")
  func foreign() throws {
    let project = try ScriptProject("outer/inner")
    try project.write(Self.bug, to: "Mutants/bug.patch")
    let run = try project.bash(
      "(cd .. && git init -q . && git -c user.name=a -c user.email=a@b commit -q --allow-empty "
        + "-m first); scripts/mutants plant bug")
    #expect(run.code == 2)
    #expect(
      run.output == "scripts/mutants: \(project.root.path) is not a git clone, so there is no last "
        + "commit to copy; use a clone of the project\n")
  }

  @Test("a checkout of another user's is named, with the command that makes git trust it")
  func ownership() throws {
    let project = try ScriptProject()
    try project.write(Self.bug, to: "Mutants/bug.patch")
    let run = try project.bash(
      "{ \(Self.makeRepository); } >/dev/null; "
        + "GIT_TEST_ASSUME_DIFFERENT_OWNER=1 scripts/mutants plant bug")
    #expect(run.code == 2)
    #expect(
      run.output == "scripts/mutants: git does not trust \(project.root.path), which another user "
        + "owns; run: git config --global --add safe.directory \(project.root.path)\n")
  }
}

@Suite("scripts/fuzz: how processes end", .waitsForProcesses)
struct ScriptFuzzTests {
  private static let kept = "echo >\"$prefix.kept\"; "

  @Test(
    "an input of a process that ended without a word is saved by the next",
    arguments: [
      ("kill -KILL $$", "was ended by signal 9 (KILL)"),
      ("exit 0", "exited with 0 and gave no result"),
    ])
  func recovered(end: String, words: String) throws {
    let project = try ScriptProject()
    let run = try project.bash("scripts/fuzz --target FuzzOne", behaviour: Self.kept + end)
    #expect(run.code == 1)
    let path = "out/fuzz/FuzzOne/findings/crash-1"
    #expect(
      run.output.contains("FuzzOne: a process \(words)\nFuzzOne saved  \(path)\n"), "\(run.output)")
    #expect(ScriptProject.row("FuzzOne", in: run.output).last == "CRASH")
    #expect(FileManager.default.fileExists(atPath: project.path(path)))
  }

  @Test("a process that ended without a word and kept no input has failed to run")
  func notRecovered() throws {
    let project = try ScriptProject()
    let run = try project.bash("scripts/fuzz --target FuzzOne", behaviour: "exit 3")
    #expect(run.code == 2)
    #expect(run.output.hasSuffix("  failed to run (exit 3)\n"), "\(run.output)")
  }

  @Test("the line of JSON is read by its keys")
  func keys() throws {
    let project = try ScriptProject()
    let line = #"""
      echo '{"revfuzz":1,"saved":"\"a\\\u000ab","largest":51,"edges":12,"signature":"x,\"result\":1",
      """#.trimmingCharacters(in: .newlines)
    let run = try project.bash(
      "scripts/fuzz --target FuzzOne",
      behaviour: line + #""milliseconds":999,"executions":5000,"result":"clean"}' >&2"#)
    #expect(run.code == 0, "\(run.output)")
    #expect(
      ScriptProject.row("FuzzOne", in: run.output)
        == ["FuzzOne", "5000", "5000", "-", "12", "-", "-", "clean"])
    #expect(run.output.contains("FuzzOne: the largest map had 51 mappings\n"))
  }

  @Test("--keep-going goes on after a failure until all is executed, and the worst result counts")
  func keepGoing() throws {
    let project = try ScriptProject()
    let run = try project.bash(
      "echo old >known; scripts/fuzz --runs 100 --keep-going",
      behaviour: """
        echo "$launches $(wc -l <"$REVFUZZ_KEEP_GOING")" >>"$home/known-$name"
        echo signature >>"$REVFUZZ_KEEP_GOING"; echo >"${prefix}crash-$launches"
        case $name$launches in
          FuzzOne1) end unsound 10 ',"failures":2'; exit 77 ;;
          FuzzOne2) end timeout 20; exit 70 ;;
          *) end clean $runs ;;
        esac
        """)
    #expect(run.code == 1)
    #expect(
      project.lines("launches-FuzzOne").map { $0.split(separator: " ")[0] }
        == ["-runs=100", "-runs=90", "-runs=70"])
    #expect(project.lines("known-FuzzOne") == ["1 0", "2 1", "3 2"])
    #expect(project.lines("launches-FuzzTwo").count == 1)
    let row = ScriptProject.row("FuzzOne", in: run.output)
    #expect(row.first == "FuzzOne" && row[1] == "100" && row.last == "UNSOUND", "\(row)")
    #expect(ScriptProject.row("FuzzTwo", in: run.output).last == "clean")
    #expect(run.output.contains("FuzzOne: 3 failures saved in out/fuzz/FuzzOne/findings\n"))
    let again = try project.bash(
      "scripts/fuzz --runs 9 --target FuzzOne --keep-going",
      behaviour: "wc -l <\"$REVFUZZ_KEEP_GOING\"; end clean 9")
    #expect(again.output.contains("\n0\n"))
  }

  @Test("a closed pipe ends it quietly")
  func closedPipe() throws {
    let project = try ScriptProject()
    // Other tests of this process ignore the signal, and children inherit that.
    let run = try project.bash(
      "scripts/build >/dev/null 2>&1; env --default-signal=PIPE scripts/fuzz --runs 7 | true")
    #expect(run.output == "")
  }

  @Test("--keep-going recovers inputs too, and stops if processes get nowhere")
  func nowhere() throws {
    let project = try ScriptProject()
    let run = try project.bash(
      "scripts/fuzz --seconds 600 --target FuzzOne --keep-going",
      behaviour: Self.kept + "kill -KILL $$")
    #expect(run.code == 1)
    #expect(project.lines("launches-FuzzOne").count == 20)
    #expect(run.output.contains("FuzzOne: 1 failure saved in out/fuzz/FuzzOne/findings\n"))
    #expect(run.output.contains("FuzzOne: stopped: 20 processes in a row failed within a second"))
  }

  @Test("without --keep-going, the first failure ends a target")
  func first() throws {
    let project = try ScriptProject()
    let run = try project.bash(
      "scripts/fuzz --target FuzzOne", behaviour: "end divergence \"0$REVFUZZ_KEEP_GOING\"; exit 77"
    )
    #expect(run.code == 1 && project.lines("launches-FuzzOne").count == 1)
    #expect(ScriptProject.row("FuzzOne", in: run.output).last == "DIVERGENCE")
  }

  @Test("each library has its own folder, also if another has the same name")
  func libraries() throws {
    let project = try ScriptProject()
    let run = try project.bash(
      """
      mkdir a b && touch a/libmine.so.1 b/mine.so b/other.dylib b/plain && ln -s b c
      for library in a/libmine.so.1 b/mine.so c/mine.so ./a/libmine.so.1 b/other.dylib b/plain; do
        scripts/fuzz --runs 7 --subject $library >/dev/null || exit
      done
      ls out/fuzz/FuzzForeign && ls out/fuzz/FuzzForeign/mine
      """)
    #expect(
      run.output.hasSuffix("mine\nmine-2\nother\nplain\ncorpus\nfindings\nlibrary\nlog\n"),
      "\(run.output)")
  }
}
