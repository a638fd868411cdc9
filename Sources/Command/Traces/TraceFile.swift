import Files
import Foundation
import Processes
import ReverseMapping

/// A trace that can be read several times, a line at a time and in constant memory.
///
///     let trace = try await TraceFile("run.txt.gz")
///     try trace.forEachLine { line, number in ... }
///
/// What cannot be read twice, which is standard input and what `gzip` unpacks, goes into a
/// temporary file without a name.
package final class TraceFile {
  /// The path, or what stands for it in messages.
  package let name: String
  private let descriptor: Int32

  /// Opens the trace at `path`, unpacked or packed by gzip; `-` is standard input. O(bytes) for
  /// what has to be copied.
  ///
  /// - Throws: `unreadable`, `unwritable` for the temporary file, `unstartable` for gzip,
  ///   `notAScenario` if gzip cannot unpack it.
  package init(_ path: String) async throws(CommandError) {
    let isInput = path == "-"
    name = isInput ? "standard input" : path
    if FileSystem.isFolder(path) { throw .unreadable(path, "it is a folder") }
    var file: Int32
    do throws(FileSystem.Failure) {
      file = isInput ? dup(STDIN_FILENO) : try FileSystem.open(path, O_RDONLY)
    } catch {
      throw .unreadable(path, "\(error)")
    }
    do throws(CommandError) {
      if lseek(file, 0, SEEK_CUR) < 0 { file = try Self.copy(of: file, name) }
      if Self.isPacked(file) { file = try await Self.unpacked(file, name) }
    } catch {
      close(file)
      throw error
    }
    descriptor = file
  }

  deinit { close(descriptor) }

  /// Calls `body` with each line and its number, from 1, and stops when it returns false. O(bytes).
  ///
  /// - Throws: `notAScenario` with the place of the first line that is not one of a trace;
  ///   `unreadable`; and what `body` throws.
  package func forEachLine(_ body: (TraceLine, Int) throws -> Bool) throws {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw unreadable() }
    var buffer: [UInt8] = []
    var start = 0
    var number = 0
    var isAtEnd = false
    while !isAtEnd {
      buffer.removeFirst(start)
      start = 0
      isAtEnd = try !fill(&buffer)
      while let end = buffer[start...].firstIndex(of: 10) ?? (isAtEnd ? buffer.count : nil),
        start < buffer.count
      {
        number += 1
        let line: TraceLine
        do {
          line = try TraceLineParser.parse(buffer, start..<end)
        } catch {
          throw CommandError.notAScenario("\(name):\(number)", "\(error)")
        }
        start = min(end + 1, buffer.count)
        guard try body(line, number) else { return }
      }
      if buffer.count - start > TraceLimits.lineBytes {
        throw CommandError.notAScenario(
          "\(name):\(number + 1)",
          "the line has more than \(TraceLimits.lineBytes) bytes; this is not a trace")
      }
    }
  }

  /// Calls `body` with each event that a map follows, and the number of its line. O(bytes).
  ///
  /// - Throws: what `forEachLine` throws.
  package func forEachEvent(_ body: (HostEvent, Int) throws -> Bool) throws {
    try forEachLine { line, number in
      guard let event = line.event else { return true }
      return try body(event, number)
    }
  }

  /// Appends the next bytes of the file to `buffer`; false if there are none.
  private func fill(_ buffer: inout [UInt8]) throws(CommandError) -> Bool {
    let piece = 1 << 18
    while true {
      let old = buffer.count
      buffer.append(contentsOf: repeatElement(0, count: piece))
      let count = buffer.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { read(descriptor, $0 + old, piece) } ?? 0
      }
      buffer.removeLast(piece - max(0, count))
      if count >= 0 { return count > 0 }
      if errno != EINTR { throw unreadable() }
    }
  }

  private func unreadable() -> CommandError {
    .unreadable(name, String(cString: strerror(errno)))
  }
}

// MARK: - What cannot be read twice

extension TraceFile {
  /// Whether the file begins as gzip packs files.
  private static func isPacked(_ file: Int32) -> Bool {
    var magic: [UInt8] = [0, 0]
    return pread(file, &magic, 2, 0) == 2 && magic == [0x1f, 0x8b]
  }

  /// A temporary file with what `gzip` makes of `file`, which is closed.
  private static func unpacked(_ file: Int32, _ name: String) async throws(CommandError) -> Int32 {
    let copy = try temporaryFile()
    do throws(CommandError) {
      lseek(file, 0, SEEK_SET)
      let run = try await CapturedProcess.filter("gzip", ["-dc"], from: file, to: copy)
      if !run.succeeded {
        let why = run.error.split(separator: "\n").last.map(String.init) ?? run.end
        throw .notAScenario(name, "gzip cannot unpack it: \(why)")
      }
    } catch {
      close(copy)
      throw error
    }
    close(file)
    return copy
  }

  /// A temporary file with the bytes of `file`, which is closed. O(bytes).
  private static func copy(of file: Int32, _ name: String) throws(CommandError) -> Int32 {
    let copy = try temporaryFile()
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = read(file, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 {
        let why = String(cString: strerror(errno))
        close(copy)
        throw .unreadable(name, why)
      }
      if count == 0 { break }
      do throws(FileSystem.Failure) {
        try FileSystem.write(Array(buffer.prefix(count)), to: copy)
      } catch {
        close(copy)
        throw .unwritable("a temporary file", "\(error)")
      }
    }
    close(file)
    return copy
  }

  /// An open file without a name, which is gone when it is closed.
  private static func temporaryFile() throws(CommandError) -> Int32 {
    let name = FileManager.default.temporaryDirectory
      .appendingPathComponent("revfuzz-trace-\(UUID().uuidString)").path
    do throws(FileSystem.Failure) {
      let file = try FileSystem.open(name, O_RDWR | O_CREAT | O_EXCL)
      try? FileSystem.remove(name)
      return file
    } catch {
      throw .unwritable(name, "\(error)")
    }
  }
}
