import CReverseMap
import FileNames
import ReverseMapping

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How closely a library must follow the specification.
public enum Agreement: String, CaseIterable, Sendable {
  /// Results and entries must equal the oracle's, to the last byte.
  case exact
  /// It may report and forget more than the rules say. Only the ground truth is checked
  /// (Specification 9).
  case sound
}

/// A shared library with a reverse map that implements `reverse_map.h` of CReverseMap.
///
/// It stays loaded until the process ends, because libFuzzer keeps reading the counters of an
/// instrumented library.
public final class ForeignLibrary: Sendable {
  /// The path it was loaded from.
  public let path: String
  /// The name that it gives its map, or its file name.
  public let name: String
  /// How closely it must follow the specification.
  public let agreement: Agreement
  /// Whether its maps support naturally aligned blocks only. They get no other records.
  public let takesBlocksOnly: Bool
  /// Whether it checks arguments. If so, bad arguments are passed to it.
  public let checksArguments: Bool
  /// Whether its maps track a superset of what is live: entries may overlap and repeat, and
  /// mappings die page by page (Specification 11).
  public let tracksSuperset: Bool
  /// Whether a record without memory may fail, so that no mapping is made (Specification 11.7).
  public let mayFail: Bool
  /// Whether its code is compiled with libFuzzer's coverage counters.
  public let isInstrumented: Bool

  /// Its functions. The C type is not const, but nothing writes to it.
  nonisolated(unsafe) let functions: UnsafePointer<reverse_map_functions>

  /// Whether its maps can have a direct map (Specification 7).
  public var hasDirectMaps: Bool { functions.pointee.invalidate != nil }
  /// Whether it counts full unmaps itself.
  var countsFullUnmaps: Bool { functions.pointee.begin_full_unmap != nil }
  /// Whether the maps of a machine share a structure (Specification 11.8).
  public var hasMachines: Bool { functions.pointee.create_machine != nil }
  /// Whether other calls may come while an unmap calls its host (Specification 3.3.d). The oracle,
  /// with which an exact map is compared, knows only unmaps that are not interrupted; and a full
  /// unmap that a library counts would count twice.
  public var interleavesUnmaps: Bool { agreement == .sound && !countsFullUnmaps }
  /// Whether it can list its entries.
  public var listsEntries: Bool { functions.pointee.entries != nil }
  /// Whether it has a check of its own structure.
  public var checksItself: Bool { functions.pointee.check != nil }
  /// Whether it reports its own memory statistics.
  public var countsMemory: Bool { functions.pointee.counters != nil }

  /// Loads the library at `path`.
  ///
  /// - Parameters:
  ///   - agreement: overrides how closely the library claims to follow the specification.
  ///   - blocksOnly: overrides the library's flag for naturally aligned blocks only.
  /// - Throws: the reason why the library cannot be used.
  public init(
    path: String, agreement: Agreement? = nil, blocksOnly: Bool? = nil
  ) throws(ForeignLibraryError) {
    self.path = path
    if path.isEmpty { throw .notLoadable(path, "the path is empty") }
    // dlopen looks for a name without a slash elsewhere.
    let file = path.utf8.contains(UInt8(ascii: "/")) ? path : "./" + path
    isInstrumented = try Self.isInstrumented(file, path)
    guard let handle = FileName.withCString(file, { dlopen($0, RTLD_NOW | RTLD_LOCAL) }) else {
      let why = dlerror().map { FileName.text(of: $0) } ?? "no reason"
      throw .notLoadable(
        path,
        Self.sanitizerProblem(why)
          ?? "dlopen reports '\(why.replacing("\(file): ", with: ""))'; is it a shared library?")
    }
    guard let symbol = dlsym(handle, Self.symbol) else {
      throw .unfit(path, "it does not export '\(Self.symbol)'; see reverse_map.h")
    }
    let functions = UnsafeMutablePointer<reverse_map_functions>.allocate(capacity: 1)
    try Self.read(symbol, into: functions, path)
    let fallback = FileName.shown(Self.name(of: path))
    let name = functions.pointee.name.map { String(cString: $0) } ?? ""
    let isWord = !name.isEmpty && name.allSatisfy { $0.isASCII && !$0.isWhitespace }
    self.name = isWord ? name : fallback
    functions.pointee.name = UnsafePointer(strdup(self.name))
    let flags = functions.pointee.flags
    let known =
      REVERSE_MAP_EXACT | REVERSE_MAP_CHECKS_ARGUMENTS | REVERSE_MAP_BLOCKS_ONLY
      | REVERSE_MAP_SUPERSET | REVERSE_MAP_MAY_FAIL
    guard flags & ~UInt64(known) == 0 else {
      throw .unfit(
        path,
        "'flags' is \(hexadecimal(flags)); the valid bits are \(hexadecimal(UInt64(known)))")
    }
    func has(_ flag: Int) -> Bool { flags & UInt64(flag) != 0 }
    self.agreement = agreement ?? (has(REVERSE_MAP_EXACT) ? .exact : .sound)
    takesBlocksOnly = blocksOnly ?? has(REVERSE_MAP_BLOCKS_ONLY)
    checksArguments = has(REVERSE_MAP_CHECKS_ARGUMENTS)
    tracksSuperset = has(REVERSE_MAP_SUPERSET)
    mayFail = has(REVERSE_MAP_MAY_FAIL)
    self.functions = UnsafePointer(functions)
    if self.agreement == .exact, tracksSuperset || mayFail {
      let what = tracksSuperset ? "tracks a superset" : "may fail a record"
      throw .unfit(path, "a map that \(what) can only be sound, not exact")
    }
    if self.agreement == .exact, functions.pointee.entries == nil {
      throw .unfit(path, "it has no 'entries', which an exact map must provide")
    }
    reverse_map_note_code(symbol)
  }

  /// `other` with its functions changed by `change`.
  private init(
    _ other: ForeignLibrary, agreement: Agreement, change: (inout reverse_map_functions) -> Void
  ) {
    path = other.path
    name = other.name
    self.agreement = agreement
    takesBlocksOnly = other.takesBlocksOnly
    checksArguments = other.checksArguments
    tracksSuperset = other.tracksSuperset
    mayFail = other.mayFail
    isInstrumented = other.isInstrumented
    let functions = UnsafeMutablePointer<reverse_map_functions>.allocate(capacity: 1)
    functions.initialize(to: other.functions.pointee)
    change(&functions.pointee)
    self.functions = UnsafePointer(functions)
  }

  /// The same library as one that lists no entries and only has to be sound. What it loses then
  /// shows in its answers alone.
  public var withoutEntries: ForeignLibrary {
    ForeignLibrary(self, agreement: .sound) { $0.entries = nil }
  }

  /// The same library, whose calls are recorded to the file `descriptor` (reverse_map_recorder.h).
  /// Ends the recording before it: a process can have one at a time, of calls by one thread.
  public func recording(to descriptor: CInt) -> ForeignLibrary {
    ForeignLibrary(self, agreement: agreement) { reverse_map_record_calls(&$0, descriptor) }
  }

  /// Notes in the recording that the calls that follow belong to operation `number`.
  public static func noteOperation(_ number: Int) {
    reverse_map_record_operation(UInt64(number))
  }

  /// What to do about a library that a sanitizer's runtime is missing for, if that is why `dlopen`
  /// failed with the message `why`; else nil.
  private static func sanitizerProblem(_ why: String) -> String? {
    func needs(_ prefix: String) -> Bool { why.contains("undefined symbol: \(prefix)") }
    if needs("__asan_") {
      // Only a fuzz target exports libFuzzer.
      let isTarget = dlsym(dlopen(nil, RTLD_NOW), "LLVMFuzzerRunDriver") != nil
      let command =
        isTarget
        ? "scripts/build --sanitized"
        : "swift build -c release --sanitize address --product revfuzz "
          + "--scratch-path .build-address"
      return "it is compiled with AddressSanitizer and this program is not; "
        + "use a program that is: '\(command)'"
    }
    if needs("__ubsan_") {
      return "it needs the runtime of UndefinedBehaviorSanitizer; "
        + "compile it with -fno-sanitize=vptr, or with -fsanitize-trap=undefined"
    }
    if needs("__tsan_") || needs("__msan_") || needs("__hwasan_") {
      return "it is compiled with a sanitizer that revfuzz does not support; compile it without"
    }
    return why.contains("libclang_rt.")
      ? "the runtime of a sanitizer cannot be found; link the library without -shared-libsan" : nil
  }

  /// The one symbol of a library.
  private static let symbol = "reverse_map_interface"
  /// A function that every module instrumented for libFuzzer calls at start-up.
  private static let mark: StaticString = "__sanitizer_cov_8bit_counters_init"

  /// Whether the library at `file`, which messages call `path`, is instrumented for libFuzzer.
  /// O(file).
  private static func isInstrumented(
    _ file: String, _ path: String
  ) throws(ForeignLibraryError) -> Bool {
    // O_NONBLOCK, because opening a named pipe would wait for its writer.
    let descriptor = FileName.withCString(file) { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else { throw .notLoadable(path, String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .notLoadable(path, "not a regular file")
    }
    let size = Int(status.st_size)
    // dlopen reports an empty file.
    guard size > 0 else { return false }
    guard let bytes = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), bytes != MAP_FAILED
    else { throw .notLoadable(path, String(cString: strerror(errno))) }
    defer { munmap(bytes, size) }
    return UnsafeRawBufferPointer(start: bytes, count: size).contains(mark)
  }

  /// The last component of `path`, without its extension.
  private static func name(of path: String) -> String {
    let last = path.split(separator: "/").last ?? ""
    guard let dot = last.lastIndex(of: "."), dot > last.startIndex else { return String(last) }
    return String(last[..<dot])
  }

  /// Copies the fields of the interface that both the library and this version have, and checks
  /// them. The others become NULL.
  private static func read(
    _ symbol: UnsafeMutableRawPointer, into functions: UnsafeMutablePointer<reverse_map_functions>,
    _ path: String
  ) throws(ForeignLibraryError) {
    let head = symbol.assumingMemoryBound(to: UInt32.self)
    let (version, size) = (head[0], Int(head[1]))
    guard version == UInt32(REVERSE_MAP_VERSION) else {
      throw .unfit(
        path,
        "it uses version \(version) of reverse_map.h; this revfuzz supports \(REVERSE_MAP_VERSION)"
      )
    }
    let whole = MemoryLayout<reverse_map_functions>.size
    let least = MemoryLayout<reverse_map_functions>.offset(of: \.invalidate) ?? whole
    // No future version will be 16 times as large, so such a size is a mistake.
    guard size >= least, size <= 16 * whole, size % MemoryLayout<Int>.size == 0 else {
      throw .unfit(
        path, "'size' is \(size); it must be sizeof(struct reverse_map_interface)")
    }
    let raw = UnsafeMutableRawPointer(functions)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: whole)
    raw.copyMemory(from: symbol, byteCount: min(size, whole))
    let table = functions.pointee
    let required = [
      ("create", table.create == nil), ("destroy", table.destroy == nil),
      ("record", table.record == nil),
      ("unmap", table.unmap == nil && table.unmap_machine == nil),
      ("query", table.query == nil), ("clear", table.clear == nil),
    ]
    if let (name, _) = required.first(where: \.1) {
      throw .unfit(path, "it has no '\(name)', which every map must provide")
    }
    if (table.begin_full_unmap == nil) != (table.end_full_unmap == nil) {
      throw .unfit(
        path, "'begin_full_unmap' and 'end_full_unmap' must be provided together")
    }
    let machine = [
      table.create_machine == nil, table.destroy_machine == nil, table.unmap_machine == nil,
    ]
    if Set(machine).count > 1 {
      throw .unfit(
        path, "'create_machine', 'destroy_machine' and 'unmap_machine' must be provided together")
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes of `text` occur in these, in one piece. O(bytes) if the first of them is
  /// rare.
  fileprivate func contains(_ text: StaticString) -> Bool {
    var (next, left) = (baseAddress, count - text.utf8CodeUnitCount + 1)
    while let start = next, left > 0, let found = memchr(start, Int32(text.utf8Start[0]), left) {
      if memcmp(found, text.utf8Start, text.utf8CodeUnitCount) == 0 { return true }
      left -= UnsafeRawPointer(found) - start + 1
      next = UnsafeRawPointer(found) + 1
    }
    return false
  }
}

/// The reason why a library cannot be used.
public enum ForeignLibraryError: Error, Equatable, CustomStringConvertible {
  /// There is no library at this path, or it cannot be loaded.
  case notLoadable(String, String)
  /// The library does not implement `reverse_map.h` correctly, or an option for it is not valid.
  case unfit(String, String)

  /// The path and the reason, in one line.
  public var description: String {
    switch self {
    case .notLoadable(let path, let why):
      return "\(FileName.shown(path)): cannot be loaded: \(why)"
    case .unfit(let path, let why): return "\(FileName.shown(path)): \(why)"
    }
  }
}
