import CLibFuzzer
import Scenario

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Defaults for libFuzzer's flags. With them a target behaves the same whether it is started by
/// hand, by a script, by a campaign or by a build service.
enum Defaults {
  /// The maximum input size in bytes, execution time in seconds and memory in MB, and whether rare
  /// features give inputs more weight.
  static func flags(isSanitized: Bool) -> [(name: String, value: Int)] {
    // No scenario is longer, and none takes a thousandth of that time. AddressSanitizer needs more
    // memory, because it delays the reuse of freed blocks.
    // The weights cost a third of the time or more, and do not pay for it (docs/Speed.md).
    [
      ("-max_len=", Limits.bytes), ("-timeout=", 10), ("-rss_limit_mb=", isSanitized ? 2048 : 1024),
      ("-entropic=", 0),
    ]
  }

  /// `arguments` with each flag that is missing inserted after the program's name.
  static func added(to arguments: [String], isSanitized: Bool) -> [String] {
    let missing = flags(isSanitized: isSanitized).filter { flag in
      !arguments.contains { $0.hasPrefix(flag.name) }
    }
    return arguments.prefix(1) + missing.map { "\($0.name)\($0.value)" } + arguments.dropFirst()
  }

  /// Adds the defaults to the process's arguments, which libFuzzer reads next. The new array is
  /// never freed.
  static func add(
    _ argc: UnsafeMutablePointer<CInt>,
    _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
  ) {
    let given = (0..<Int(argc.pointee)).map { argv.pointee[$0].map { String(cString: $0) } ?? "" }
    let all = added(to: given, isSanitized: revfuzz_has_address_sanitizer())
    let words = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>
      .allocate(capacity: all.count + 1)
    _ = words.initialize(from: all.map { strdup($0) } + [nil])
    guard let start = words.baseAddress else { return }
    argv.pointee = start
    argc.pointee = CInt(all.count)
  }
}
