import ForeignMap
import Foundation
import TestSupport
import Testing

@Suite(
  "Loading a library",
  .enabled(if: TestLibrary.isThere, "there is no clang on PATH to build one"), .waitsForProcesses)
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

  @Test("a library says what it is")
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

  @Test("whoever uses it can ask for less, or for blocks only")
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

  @Test("its options are passed on as they came")
  func arguments() {
    #expect(ForeignOptions().arguments("a.so") == ["--subject", "a.so"])
    #expect(
      ForeignOptions(agreement: "sound", blocks: "any").arguments("a.so")
        == ["--subject", "a.so", "--agreement", "sound", "--blocks", "any"])
    #expect(ForeignOptions(agreement: "", blocks: "") == ForeignOptions())
  }

  @Test("what is no library, or not one of a reverse map, is told in a line with its path")
  func unusable() throws {
    #expect(Self.error("/nowhere/map.so")?.contains("/nowhere/map.so: cannot be loaded") == true)
    #expect(Self.error(#filePath)?.contains("cannot be loaded") == true)
    let another = try TestLibrary.build("int something;")
    #expect(
      Self.error(another) == "\(another): it exports no 'reverse_map_interface'; "
        + "reverse_map.h says how")
  }

  static let changes: [(String, String, String)] = [
    (".version = REVERSE_MAP_VERSION", ".version = 7", "version 7"),
    (".size = sizeof(struct reverse_map_interface)", ".size = 3", "'size' is 3"),
    (".size = sizeof(struct reverse_map_interface)", ".size = 1 << 20", "'size' is 1048576"),
    (".flags = REVERSE_MAP_EXACT", ".flags = 0x81", "'flags' are 0x81"),
    (".create = create,", "", "no 'create'"), (".destroy = destroy,", "", "no 'destroy'"),
    (".record = record,", "", "no 'record'"), (".unmap = unmap,", "", "no 'unmap'"),
    (".query = query,", "", "no 'query'"), (".clear = clear,", "", "no 'clear'"),
    (".end_full_unmap = end_full_unmap,", "", "needs both or none"),
    (".entries = entries,", "", "no 'entries' to compare"),
  ]

  @Test("an interface that is not whole is refused", arguments: changes)
  func incomplete(old: String, new: String, sentence: String) throws {
    let path = try TestLibrary.sortedArray([(old, new)])
    let error = try #require(Self.error(path))
    #expect(error.hasPrefix(path + ": ") && error.contains(sentence) && !error.contains("\n"))
  }

  @Test("words that say nothing are refused")
  func badWords() throws {
    let path = try TestLibrary.sortedArray()
    #expect(Self.error(path, ForeignOptions(agreement: "roughly"))?.contains("'roughly'") == true)
    #expect(Self.error(path, ForeignOptions(blocks: "some"))?.contains("'some'") == true)
  }

  @Test("a library that ends before the optional functions has none")
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

  @Test("a map without a name has that of its file")
  func nameless() throws {
    let path = try TestLibrary.sortedArray([(#".name = "sorted-array""#, ".name = 0")])
    let file = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    #expect(try ForeignLibrary(path: path).name == file)
  }
}
