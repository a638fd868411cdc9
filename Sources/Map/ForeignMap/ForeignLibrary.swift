import CReverseMap
import Foundation
import ReverseMapping

/// How closely a library has to follow the specification.
public enum Agreement: String, CaseIterable, Sendable {
  /// Results and entries are the oracle's, to the last byte.
  case exact
  /// It may report and forget more than the rules say; the ground truth alone judges it
  /// (Specification 9).
  case sound
}

/// A shared library that holds a reverse map, as `reverse_map.h` of CReverseMap says.
///
/// It stays loaded until the end of the process: libFuzzer goes on reading the counters of one that is
/// instrumented.
public final class ForeignLibrary: Sendable {
  /// Where it was found.
  public let path: String
  /// What it calls its map.
  public let name: String
  /// How closely it has to follow the specification.
  public let agreement: Agreement
  /// Whether its maps are made for naturally aligned blocks only, and get no other records.
  public let takesBlocksOnly: Bool
  /// Whether it checks arguments, and so is given bad ones.
  public let checksArguments: Bool
  /// Whether its code was compiled with counters that guide a fuzzer.
  public let isInstrumented: Bool

  /// Its functions. Not const to C, but nothing writes there.
  nonisolated(unsafe) let functions: UnsafePointer<reverse_map_functions>

  /// Whether its maps can have a direct map (Specification 7).
  public var hasDirectMaps: Bool { functions.pointee.invalidate != nil }
  /// Whether it keeps count of full unmaps itself.
  var countsFullUnmaps: Bool { functions.pointee.begin_full_unmap != nil }
  /// Whether it lists its entries.
  public var listsEntries: Bool { functions.pointee.entries != nil }
  /// Whether it counts its memory itself.
  public var countsMemory: Bool { functions.pointee.counters != nil }

  /// Loads the library at `path`.
  ///
  /// - Parameters:
  ///   - agreement: how closely it has to follow the specification, if not as it says itself.
  ///   - blocksOnly: whether it is given blocks only, if not as it says itself.
  /// - Throws: what is wrong with it, in one sentence.
  public init(
    path: String, agreement: Agreement? = nil, blocksOnly: Bool? = nil
  ) throws(ForeignLibraryError) {
    self.path = path
    // With a slash in it: a bare name is looked for elsewhere.
    let file = URL(fileURLWithPath: path).path
    guard let contents = try? Data(contentsOf: URL(fileURLWithPath: file), options: .alwaysMapped)
    else {
      let isReadable = access(file, R_OK) == 0
      throw .notLoadable(path, isReadable ? "it is no file" : String(cString: strerror(errno)))
    }
    guard let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL) else {
      throw .notLoadable(path, dlerror().map { String(cString: $0) } ?? "no reason is given")
    }
    guard let symbol = dlsym(handle, Self.symbol) else {
      throw .unfit(path, "it exports no '\(Self.symbol)'; reverse_map.h says how")
    }
    isInstrumented = contents.range(of: Data(Self.mark.utf8)) != nil
    let functions = UnsafeMutablePointer<reverse_map_functions>.allocate(capacity: 1)
    try Self.read(symbol, into: functions, path)
    let fallback = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    let name = functions.pointee.name.map { String(cString: $0) } ?? ""
    let isWord = !name.isEmpty && name.allSatisfy { $0.isASCII && !$0.isWhitespace }
    self.name = isWord ? name : fallback
    functions.pointee.name = UnsafePointer(strdup(self.name))
    let flags = functions.pointee.flags
    let known = REVERSE_MAP_EXACT | REVERSE_MAP_CHECKS_ARGUMENTS | REVERSE_MAP_BLOCKS_ONLY
    guard flags & ~UInt64(known) == 0 else {
      throw .unfit(
        path,
        "its 'flags' are \(hexadecimal(flags)), and only \(hexadecimal(UInt64(known))) is known")
    }
    func has(_ flag: Int) -> Bool { flags & UInt64(flag) != 0 }
    self.agreement = agreement ?? (has(REVERSE_MAP_EXACT) ? .exact : .sound)
    takesBlocksOnly = blocksOnly ?? has(REVERSE_MAP_BLOCKS_ONLY)
    checksArguments = has(REVERSE_MAP_CHECKS_ARGUMENTS)
    self.functions = UnsafePointer(functions)
    if self.agreement == .exact, functions.pointee.entries == nil {
      throw .unfit(path, "it is to be exact, and has no 'entries' to compare")
    }
    reverse_map_note_code(symbol)
  }

  /// The one symbol of a library.
  private static let symbol = "reverse_map_interface"
  /// What code calls that libFuzzer has counters of, before anything else.
  private static let mark = "__sanitizer_cov_8bit_counters_init"

  /// Copies as much of the interface as there is, and as is known here.
  private static func read(
    _ symbol: UnsafeMutableRawPointer, into functions: UnsafeMutablePointer<reverse_map_functions>,
    _ path: String
  ) throws(ForeignLibraryError) {
    let head = symbol.assumingMemoryBound(to: UInt32.self)
    let (version, size) = (head[0], Int(head[1]))
    guard version == UInt32(REVERSE_MAP_VERSION) else {
      throw .unfit(
        path,
        "it is of version \(version) of reverse_map.h, and this is version \(REVERSE_MAP_VERSION)"
      )
    }
    let whole = MemoryLayout<reverse_map_functions>.size
    let least = MemoryLayout<reverse_map_functions>.offset(of: \.invalidate) ?? whole
    // A library that is newer than this by so much has mistaken what the field is for.
    guard size >= least, size <= 16 * whole, size % MemoryLayout<Int>.size == 0 else {
      throw .unfit(
        path, "its 'size' is \(size), and has to be sizeof(struct reverse_map_interface)")
    }
    let raw = UnsafeMutableRawPointer(functions)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: whole)
    raw.copyMemory(from: symbol, byteCount: min(size, whole))
    let table = functions.pointee
    let required = [
      ("create", table.create == nil), ("destroy", table.destroy == nil),
      ("record", table.record == nil), ("unmap", table.unmap == nil),
      ("query", table.query == nil), ("clear", table.clear == nil),
    ]
    if let (name, _) = required.first(where: \.1) {
      throw .unfit(path, "it has no '\(name)', which every map needs")
    }
    if (table.begin_full_unmap == nil) != (table.end_full_unmap == nil) {
      throw .unfit(
        path, "of 'begin_full_unmap' and 'end_full_unmap' it has one, and needs both or none")
    }
  }
}

/// Why a library cannot be used.
public enum ForeignLibraryError: Error, Equatable, CustomStringConvertible {
  /// There is no library at this path, or it cannot be loaded.
  case notLoadable(String, String)
  /// It is a library, and not one of a reverse map as it should be.
  case unfit(String, String)

  /// The path and what is wrong, in one line.
  public var description: String {
    switch self {
    case .notLoadable(let path, let why): return "\(path): cannot be loaded: \(why)"
    case .unfit(let path, let why): return "\(path): \(why)"
    }
  }
}
