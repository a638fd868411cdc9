import CLibFuzzer
import Scenario

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What libFuzzer is told where the caller does not say it: a target that is started by hand, by a script,
/// by a campaign or by a build service behaves alike.
enum Defaults {
  /// The longest input in bytes, the longest execution in seconds, and the most memory in MB.
  static func flags(isSanitized: Bool) -> [(name: String, value: Int)] {
    // A scenario has no more bytes, and none takes a thousandth of that time. AddressSanitizer keeps
    // what was freed for a while.
    [("-max_len=", Limits.bytes), ("-timeout=", 10), ("-rss_limit_mb=", isSanitized ? 2048 : 1024)]
  }

  /// `arguments`, with the flags that are not among them behind the first, the program's name.
  static func added(to arguments: [String], isSanitized: Bool) -> [String] {
    let missing = flags(isSanitized: isSanitized).filter { flag in
      !arguments.contains { $0.hasPrefix(flag.name) }
    }
    return arguments.prefix(1) + missing.map { "\($0.name)\($0.value)" } + arguments.dropFirst()
  }

  /// Puts the defaults into the arguments of a process, which libFuzzer reads next. They are never freed.
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
