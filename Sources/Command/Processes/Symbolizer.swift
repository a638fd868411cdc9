import Foundation

/// Finds the function, the file and the line of an instruction in a library, by means of
/// `llvm-symbolizer` or `addr2line`.
enum Symbolizer {
  /// The programs to try, with the options that make them print alike.
  private static let programs: [(name: String, options: [String])] = [
    ("llvm-symbolizer", ["--output-style=GNU"]), ("addr2line", []),
  ]

  /// The limit on the output, in bytes: the frames of one instruction take a few lines.
  private static let maxOutput = 1 << 16

  /// The place of `instruction`: `insert at map.c:9`, or `insert` without line tables. Nil if there
  /// is no program for it, or if the library has no symbols.
  static func place(of instruction: ProcessFailure.Instruction) async -> String? {
    let arguments = [
      "-f", "-C", "-i", "-e", instruction.library,
      "0x" + String(instruction.address, radix: 16),
    ]
    for (name, options) in programs {
      for program in paths(of: name) {
        guard
          let run = try? await CapturedProcess.run(
            program, options + arguments, limit: maxOutput), run.succeeded
        else { continue }
        // If it cannot tell, the next program cannot either.
        return place(inOutput: run.output)
      }
    }
    return nil
  }

  /// The name on PATH, and the program beside the `clang` on PATH, which may be a link into a
  /// toolchain.
  private static func paths(of name: String) -> [String] {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    let clang = folders.map { folder -> String in "\(folder)/clang" }.first {
      access($0, X_OK) == 0
    }
    let beside = clang.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath() }
      .map { $0.deletingLastPathComponent().appendingPathComponent(name).path }
    return [name] + [beside].compactMap { $0 }
  }

  /// The place in the output of a symbolizer, which has a line with the function and a line with
  /// file and line number for each function that is inlined into the next, innermost first. Code
  /// that the compiler added has no line; it gets that of the code around it.
  static func place(inOutput output: String) -> String? {
    let lines = output.split(whereSeparator: \.isNewline).map {
      $0.replacing(#/ \(discriminator .*\)$/#, with: "")
    }
    guard let function = lines.first, function != "??" else { return nil }
    let place = lines.enumerated().first { index, line in
      !index.isMultiple(of: 2) && !line.hasPrefix("??") && line.contains(#/:[1-9][0-9]*$/#)
    }
    return place.map { "\(function) at \($0.element)" } ?? String(function)
  }
}
