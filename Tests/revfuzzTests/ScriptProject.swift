import Foundation
import TestSupport

/// The project's scripts in a folder of their own, with a fake package manager.
///
/// The targets that it builds are copies of a shell script that reports enough coverage counters. A
/// process of a target evaluates the shell text `behaviour`. `$launches` counts the processes of
/// that target so far, `$runs` is the value of `-runs=`, and `end RESULT EXECUTIONS [FIELDS]`
/// prints the line of JSON with which a target ends. With REVFUZZ_RECOVER, a target saves the file
/// that is named `.kept` beside its findings. The target that BROKEN names cannot be built.
final class ScriptProject {
  /// The folder around the project.
  let scratch: Scratch
  /// The project's folder.
  let root: URL

  private static let swift = """
    #!/bin/bash
    home=${0%/bin/swift} scratch= products='FuzzOne FuzzTwo FuzzForeign EmptyTarget'
    echo "$*" >>"$home/builds"
    for word; do
      case $before in
        --package-path) scratch=${scratch:-$word/.build} ;;
        --scratch-path) scratch=$word ;;
        --product) products=$word ;;
      esac
      before=$word
    done
    mkdir -p "$scratch/release"
    [[ $products != "${BROKEN-}" ]] || exit 1
    for product in $products; do cp "$home/bin/target" "$scratch/release/$product"; done
    """

  private static let target = #"""
    #!/bin/bash
    home=${PATH%%/bin:*} name=${0##*/} prefix= runs=
    for word; do
      case $word in -artifact_prefix=*) prefix=${word#*=} ;; -runs=*) runs=${word#*=} ;; esac
    done
    end() {
      printf '{"revfuzz":1,"target":"%s","result":"%s","executions":%s,"milliseconds":5%s}\n' \
        "$name" "$1" "$2" "$3" >&2
    }
    modules=1 && [[ ! -e $0.so || $(<"$0.so") == plain ]] || modules=2
    echo "INFO: Loaded $modules modules   (${COUNTERS-1000} inline 8-bit counters)" >&2
    if [[ -n $REVFUZZ_RECOVER ]]; then
      [[ -e $prefix.kept ]] || exit 0
      mv "$prefix.kept" "${prefix}crash-1" && echo "$name saved  ${prefix}crash-1"
      end crash 0 ',"signature":null,"saved":"'"${prefix}crash-1"'"'
      exit 77
    fi
    [[ $runs != 0 ]] || exit 0
    echo "$*" >>"$home/launches-$name"
    launches=$(wc -l <"$home/launches-$name")
    eval "$BEHAVIOUR"
    """#

  /// A copy of the scripts in a folder with this name.
  init(_ name: String = "project") throws {
    scratch = try Scratch()
    root = scratch.url.appendingPathComponent(name)
    let manager = FileManager.default
    for folder in ["FuzzTargets/Sources", "Sources", "Mutants"] {
      try manager.createDirectory(
        at: root.appendingPathComponent(folder), withIntermediateDirectories: true)
    }
    for file in ["scripts", "revfuzz", "Package.swift", "FuzzTargets/Package.swift"] {
      try manager.copyItem(atPath: Project.path(file), toPath: path(file))
    }
    try manager.createDirectory(atPath: scratch.path("bin"), withIntermediateDirectories: true)
    for (file, text) in [("swift", Self.swift), ("target", Self.target)] {
      try text.write(toFile: scratch.path("bin/\(file)"), atomically: true, encoding: .utf8)
      try manager.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: scratch.path("bin/\(file)"))
    }
    try write(
      """
      FuzzOne map 1 900 0 ours one | another
      FuzzTwo map 1 900 0 ours one | another
      FuzzForeign vm 1 900 0 library a library | another

      """, to: "FuzzTargets/targets")
  }

  /// The path of `name` in the project.
  func path(_ name: String) -> String { root.appendingPathComponent(name).path }

  /// Writes a file of the project.
  func write(_ text: String, to name: String) throws {
    try text.write(toFile: path(name), atomically: true, encoding: .utf8)
  }

  /// Runs a line of bash in the project's folder, or in `folder`. Streams are merged.
  func bash(
    _ line: String, in folder: URL? = nil, behaviour: String = "end clean 7",
    _ environment: [String: String] = [:]
  ) throws -> ChildProcess {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let all = ["PATH": "\(scratch.path("bin")):\(path)", "BEHAVIOUR": behaviour]
    return try ChildProcess(
      "/usr/bin/env", ["bash", "-c", line], in: folder ?? root,
      environment: all.merging(environment) { $1 }, merged: true)
  }

  /// Lines of a file in the folder around the project.
  func lines(_ name: String) -> [String] {
    ((try? String(contentsOfFile: scratch.path(name), encoding: .utf8)) ?? "")
      .split(separator: "\n").map(String.init)
  }

  /// The row of `target` in the table that scripts/fuzz has printed, split into words.
  static func row(_ target: String, in output: String) -> [String] {
    output.split(separator: "\n").last { $0.hasPrefix("\(target) ") }?
      .split(separator: " ").map(String.init) ?? []
  }
}
