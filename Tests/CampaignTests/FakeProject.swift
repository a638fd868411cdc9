import CampaignReport
import Foundation
import Scenario
import TestSupport

@testable import Campaign

/// A folder that looks like the project to a campaign, with a shell script in place of each fuzz
/// target. The scripts fail at once and reproducibly in the ways that a campaign must survive.
///
/// A script prints those lines of libFuzzer that a campaign reads. It appends to `ledger` the name
/// of every input that it has written to its corpus. A merge chooses all inputs except those named
/// `redundant-*` and those with the word FAILFAIL in them, which fail. The file `mode-TARGET`
/// selects a failure.
final class FakeProject {
  let url: URL

  /// How a target behaves.
  enum Mode: String {
    /// It runs for its time and succeeds.
    case normal
    /// It succeeds after one second, however many it is given.
    case brief
    /// It saves an input on which the canary fails, and exits as libFuzzer does then.
    case crashes
    /// It saves three such inputs, goes on until its time is up, and exits as after a failure.
    case goesOn
    /// It saves such an input unless the failure is known to it, and runs for a second.
    case vanishes
    /// It is killed while it runs such an input, which it leaves as a target does.
    case dies
    /// It succeeds, but its merges run no input and choose one.
    case skips
    /// It sleeps forever, and ignores interrupts.
    case sleeps
    /// It takes memory until it is killed.
    case leaks
  }

  /// A scenario on which the canary fails.
  static let failing = """
    revfuzz-scenario 4
    world vm mmus 1
    record 0x1000 -> 0x2000 size 0x1000 mmu 0
    record 0x4000 -> 0x5000 size 0x2000 mmu 0
    unmap 0x1000 size 0x5000
    """

  private static let script = """
    #!/bin/sh
    home=$(readlink -f "$0") prefix= seconds=1 merges= control= replays= words=$*
    home=${home%/build/*} target=${0##*/}
    for word; do
      shift
      case $word in
        -artifact_prefix=*) prefix=${word#*=} ;;
        -max_total_time=*) seconds=${word#*=} ;;
        -set_cover_merge=1) merges=yes ;;
        -runs=0) replays=yes ;;
        -merge_control_file=*) control=${word#*=} ;;
        -*) ;;
        *) set -- "$@" "$word" ;;
      esac
    done
    mode=$(cat "$home/mode-$target" 2>/dev/null)
    if [ -n "$REVFUZZ_RECOVER" ]; then
      for file in "${prefix%/*}/.${prefix##*/}running-"*; do
        [ ! -e "$file" ] || mv "$file" "${prefix}killed-${file##*-}"
      done
      exit 77
    fi
    # libFuzzer starts itself again for a merge, with the words of its command line unquoted.
    if [ -n "$merges" ] && [ -z "$control" ]; then
      into=$1 control=${TMPDIR:-/tmp}/merge-$$
      : >"$control"
      case $mode in
        # Only the inputs that are chosen without being run.
        skips) find -L "$2" -type f | head -n 1 >"$control" ;;
        *) sh -c "$0 $words -merge_control_file=$control" ;;
      esac
      [ ! -e "$control.failed" ] || exit 1
      count=0
      while read -r file; do
        name=$into/$(sha1sum <"$file" | cut -c1-40)
        [ -e "$name" ] || count=$((count + 1))
        cp "$file" "$name"
      done <"$control"
      rm "$control"
      # So that a test can kill it in between.
      sleep 0.1
      echo "MERGE-OUTER: $count new files with $count new features added; 1 new coverage edges"
      exit 0
    fi
    if [ -n "$merges" ]; then
      shift
      find -L "$@" -type f -size +0 ! -name 'redundant-*' >"$control"
      while read -r file; do
        # libFuzzer saves such an input, and starts anew with the next one.
        if grep -aq FAILFAIL "$file"; then
          cp "$file" "${prefix}crash-$(sha1sum <"$file" | cut -c1-40)"
        else
          echo "$file"
        fi
        cat "$file" >/dev/null || : >"$control.failed"
      done <"$control" >"$control.passed"
      mv "$control.passed" "$control"
      echo "#$(wc -l <"$control")	DONE   cov: 1 ft: 1 corp: 1/1b exec/s: 0 rss: 2Mb"
      exit 0
    fi
    [ ! -f "$1" ] || exit 0
    if [ -n "$replays" ]; then
      ! grep -raq FAILFAIL "$1" || exit 77
      echo '{"revfuzz":1,"target":"FuzzShadow","result":"clean","executions":1,"operations":9,'\\
    '"milliseconds":1,"megabytes":2,"edges":'$(find "$1" -type f | wc -l)'}'
      exit 0
    fi
    case $mode in
      sleeps) trap '' INT TERM; while :; do sleep 1000; done ;;
      leaks) exec tail /dev/zero ;;
      brief) seconds=1 ;;
      goesOn)
        for number in 1 2 3; do
          cp "$home/failing" "${prefix}crash-$$-$number"
          echo "$target crash-$$-$number" >>"$home/ledger-of-crashes"
        done ;;
      vanishes)
        seconds=1
        if ! grep -q signature "$REVFUZZ_KEEP_GOING"; then
          cp "$home/failing" "${prefix}crash-$$"
          echo "$target crash-$$" >>"$home/ledger-of-crashes"
          echo signature >>"$REVFUZZ_KEEP_GOING"
        fi ;;
      dies)
        cp "$home/failing" "${prefix%/*}/.${prefix##*/}running-$$"
        kill -KILL $$ ;;
      crashes)
        echo "#100	NEW    cov: 5 ft: 9 corp: 3/1Kb lim: 4 exec/s: 50 rss: 2Mb"
        [ ! -e "$home/failing" ] || cp "$home/failing" "$home/failing-$$"
        # Moved into place, so that it is never partial; and in the ledger only afterwards.
        [ ! -e "$home/failing-$$" ] || mv "$home/failing-$$" "${prefix}crash-$$"
        echo "$target crash-$$" >>"$home/ledger-of-crashes"
        echo "artifact_prefix='$prefix'; Test unit written to ${prefix}crash-$$"
        echo 'stat::number_of_executed_units: 123'
        exit 77 ;;
    esac
    number=0 over=
    now() { date +%s%N | cut -c1-13; }
    end=$(($(now) + 1000 * seconds))
    # Between an input and its line in the ledger it does not end.
    trap 'over=yes' INT TERM
    while [ -z "$over" ] && [ "$(now)" -lt "$end" ]; do
      number=$((number + 1))
      name=$target-$$-$number
      echo "$name" 2>/dev/null >"$1/$name" && echo "$name" >>"$home/ledger"
      echo "#$number	NEW    cov: $number ft: $number corp: $number/1Kb lim: 4 exec/s: 50 rss: 2Mb"
      sleep 0.05
    done
    echo "stat::number_of_executed_units: $number"
    [ -z "$over" ] || exit 72
    [ "$mode" != goesOn ] || {
      echo '{"revfuzz":1,"target":"FuzzWords","result":"unsound","executions":1,"operations":9,'\\
    '"milliseconds":1,"megabytes":2,"edges":3,"signature":"a","saved":null}'
      exit 77
    }
    """

  /// A project with these targets, in a folder whose name ends with `suffix`.
  init(_ targets: [String] = ["FuzzShadow", "FuzzWords"], suffix: String = "") throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("revfuzz-campaign-\(UUID().uuidString)\(suffix)")
    let manager = FileManager.default
    for folder in ["build", "FuzzTargets", "Corpus/FuzzShadow"] {
      try manager.createDirectory(atPath: path(folder), withIntermediateDirectories: true)
    }
    for target in targets {
      try Self.script.write(toFile: path("build/\(target)"), atomically: true, encoding: .utf8)
      try manager.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: path("build/\(target)"))
    }
    try targets.map { target in
      let family = target == "FuzzWords" ? "bytes" : "vm"
      let subject = target == "FuzzForeign" ? "library" : "ours"
      return "\(target) \(family) 1 1 0 \(subject) a script | nothing\n"
    }
    .joined().write(toFile: path(TargetTable.path), atomically: true, encoding: .utf8)
    try Data(Scenario(text: Self.failing).encoded()).write(
      to: url.appendingPathComponent("failing"))
    try "committed".write(toFile: path("Corpus/FuzzShadow/seed"), atomically: true, encoding: .utf8)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  /// The path of `name` in the folder.
  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Sets how a target behaves from now on.
  func set(_ mode: Mode, _ target: String) throws {
    try mode.rawValue.write(toFile: path("mode-\(target)"), atomically: true, encoding: .utf8)
  }

  /// The command line of a campaign of `seconds`, without self-checks.
  func arguments(seconds: Int, _ more: [String] = []) -> [String] {
    [
      "campaign", "--minutes", "\(Double(seconds) / 60)", "--jobs", "2", "--state", path("state"),
      "--build", path("build"), "--without-doctor", "--seed", "7",
    ] + more
  }

  /// Runs a campaign to its end.
  func campaign(seconds: Int, _ more: [String] = []) throws -> Run {
    try Run(arguments(seconds: seconds, more), in: url)
  }

  /// Starts a campaign and does not wait for it. Its standard error goes to the file `stderr`.
  func start(seconds: Int, _ more: [String] = []) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Run.executable)
    process.arguments = arguments(seconds: seconds, more)
    process.currentDirectoryURL = url
    process.standardOutput = FileHandle.nullDevice
    try Data().write(to: url.appendingPathComponent("stderr"))
    process.standardError = try FileHandle(forWritingTo: url.appendingPathComponent("stderr"))
    try process.run()
    return process
  }

  /// The processes that run a target of this project.
  func processes() throws -> [pid_t] {
    let text = try Self.shell(
      "grep -al '\(path("build"))/Fuzz' /proc/[0-9]*/cmdline 2>/dev/null"
    ).output
    return text.split(separator: "\n").compactMap { line in
      let number = line.split(separator: "/").dropFirst().first.flatMap { pid_t($0) }
      guard let number else { return nil }
      // The campaign itself has the path too, but as a later argument.
      let command = FileManager.default.contents(atPath: "/proc/\(number)/cmdline") ?? Data()
      let words = String(decoding: command, as: UTF8.self).split(separator: "\0")
      return words.prefix(2).contains { $0.hasPrefix(path("build")) } ? number : nil
    }
  }

  /// The record of the last run.
  func record() throws -> CampaignRecord {
    let run = InputFolder.names(in: path("state/runs")).last ?? "none"
    let json = try Data(contentsOf: url.appendingPathComponent("state/runs/\(run)/record.json"))
    guard let record = CampaignRecord(json: json) else { throw CocoaError(.fileReadCorruptFile) }
    return record
  }

  /// The warnings of the last run, one a line.
  func warnings() throws -> String {
    try record().warnings.map(\.sentence).joined(separator: "\n")
  }

  /// Runs a shell command to its end. Returns its exit code, and its output including errors.
  static func shell(_ command: String) throws -> (code: Int32, output: String) {
    let run = try ChildProcess("/bin/sh", ["-c", command], merged: true)
    return (run.code, run.output)
  }

  /// Waits until `condition` is true, for two minutes at most. Returns whether it became true.
  static func wait(until condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<1200 {
      if try condition() { return true }
      Thread.sleep(forTimeInterval: 0.1)
    }
    return false
  }

  /// The lines of a file; empty if it does not exist.
  func lines(_ name: String) -> [String] {
    ((try? String(contentsOfFile: path(name), encoding: .utf8)) ?? "")
      .split(separator: "\n").map(String.init)
  }

  /// The contents of the files in a folder, without trailing newlines.
  func contents(_ folder: String) -> Set<String> {
    Set(
      InputFolder.names(in: path(folder)).compactMap {
        try? String(contentsOfFile: path("\(folder)/\($0)"), encoding: .utf8)
          .trimmingCharacters(in: .newlines)
      })
  }
}
