import ForeignMap
import Foundation
import TestSupport
import Testing

@Suite(
  "Loading a library",
  .enabled(if: TestLibrary.isThere, "clang is not on PATH"), .waitsForProcesses)
struct LoadingTests {
  private static func error(_ path: String, _ options: ForeignOptions = ForeignOptions()) -> String?
  {
    do throws(ForeignLibraryError) {
      _ = try options.load(path)
      return nil
    } catch {
      return error.description
    }
  }

  @Test("the properties of a library are those in its flags and functions")
  func whatItIs() throws {
    let library = try ForeignLibrary(path: TestLibrary.sortedArray())
    #expect(library.name == "sorted-array")
    #expect(library.agreement == .exact)
    #expect(!library.takesBlocksOnly)
    #expect(!library.checksArguments)
    #expect(!library.hasDirectMaps)
    #expect(library.listsEntries)
    #expect(!library.isInstrumented)
  }

  @Test("options override the library's agreement and blocks")
  func overridden() throws {
    let path = try TestLibrary.sortedArray()
    let library = try ForeignOptions(agreement: "sound", blocks: "laminar").load(path)
    #expect(library.agreement == .sound)
    #expect(library.takesBlocksOnly)
    let blocksOnly = try TestLibrary.sortedArray([
      (".flags = REVERSE_MAP_EXACT", ".flags = REVERSE_MAP_BLOCKS_ONLY")
    ])
    #expect(try ForeignLibrary(path: blocksOnly).takesBlocksOnly)
    #expect(try ForeignLibrary(path: blocksOnly).agreement == .sound)
    #expect(try !ForeignOptions(blocks: "any").load(blocksOnly).takesBlocksOnly)
  }

  @Test("options become the same command-line arguments")
  func arguments() {
    #expect(ForeignOptions().arguments("a.so") == ["--subject", "a.so"])
    #expect(
      ForeignOptions(agreement: "sound", blocks: "any").arguments("a.so")
        == ["--subject", "a.so", "--agreement", "sound", "--blocks", "any"])
    #expect(ForeignOptions(agreement: "", blocks: "") == ForeignOptions())
  }

  @Test("an unusable file is reported in one line with its path")
  func unusable() throws {
    #expect(Self.error("/nowhere/map.so")?.contains("/nowhere/map.so: cannot be loaded") == true)
    #expect(Self.error(#filePath)?.contains("cannot be loaded") == true)
    let another = try TestLibrary.build("int something;")
    #expect(
      Self.error(another) == "\(another): it does not export 'reverse_map_interface'; "
        + "see reverse_map.h")
  }

  @Test(
    "a library whose sanitizer is missing is refused with what to do",
    arguments: [
      ("address", "'swift build -c release --sanitize address"), ("thread", "compile it without"),
    ])
  func sanitizer(name: String, advice: String) throws {
    let path = try TestLibrary.sortedArray(flags: ["-fsanitize=\(name)"])
    let error = try #require(Self.error(path))
    #expect(error.contains(advice) && !error.contains("\n"))
  }

  @Test("a C++ library that checks its types at run time is refused with the flag to use")
  func vptr() throws {
    let path = try TestLibrary.sortedArray(
      more: "extern long __ubsan_vptr_type_cache[]; long *cache(void) { "
        + "return __ubsan_vptr_type_cache; }")
    #expect(Self.error(path)?.contains("-fno-sanitize=vptr") == true)
  }

  static let changes: [(String, String, String)] = [
    (".version = REVERSE_MAP_VERSION", ".version = 7", "version 7"),
    (".size = sizeof(struct reverse_map_interface)", ".size = 3", "'size' is 3"),
    (".size = sizeof(struct reverse_map_interface)", ".size = 1 << 20", "'size' is 1048576"),
    (".flags = REVERSE_MAP_EXACT", ".flags = 0x81", "'flags' is 0x81"),
    (".create = create,", "", "no 'create'"), (".destroy = destroy,", "", "no 'destroy'"),
    (".record = record,", "", "no 'record'"), (".unmap = unmap,", "", "no 'unmap'"),
    (".query = query,", "", "no 'query'"), (".clear = clear,", "", "no 'clear'"),
    (".end_full_unmap = end_full_unmap,", "", "must be provided together"),
    (".entries = entries,", "", "no 'entries', which an exact map"),
  ]

  @Test("an invalid interface is rejected", arguments: changes)
  func incomplete(old: String, new: String, sentence: String) throws {
    let path = try TestLibrary.sortedArray([(old, new)])
    let error = try #require(Self.error(path))
    #expect(error.hasPrefix(path + ": ") && error.contains(sentence) && !error.contains("\n"))
  }

  @Test("invalid options are rejected")
  func badWords() throws {
    let path = try TestLibrary.sortedArray()
    #expect(Self.error(path, ForeignOptions(agreement: "roughly"))?.contains("'roughly'") == true)
    #expect(Self.error(path, ForeignOptions(blocks: "some"))?.contains("'some'") == true)
  }

  @Test("a library whose size ends before the optional functions has none of them")
  func earlierVersion() throws {
    let path = try TestLibrary.sortedArray([
      (".flags = REVERSE_MAP_EXACT", ".flags = 0"),
      (
        ".size = sizeof(struct reverse_map_interface)",
        ".size = offsetof(struct reverse_map_interface, invalidate)"
      ),
    ])
    #expect(try !ForeignLibrary(path: path).listsEntries)
  }

  @Test("a map without a name gets the name of its file")
  func nameless() throws {
    let path = try TestLibrary.sortedArray([(#".name = "sorted-array""#, ".name = 0")])
    let file = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    #expect(try ForeignLibrary(path: path).name == file)
  }
}
