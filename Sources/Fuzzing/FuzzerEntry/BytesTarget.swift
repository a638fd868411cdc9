import CLibFuzzer
import ReverseMapping
import Scenario

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A fuzz target whose input is plain bytes, not a scenario. Any bytes are a valid input.
///
/// libFuzzer's own mutator changes them. A crossover takes each byte from one of two inputs.
struct BytesTarget {
  /// The most bytes that `check` reads. Mutants are no longer than this.
  let largest: Int
  /// Runs the bytes. Returns what failed, as a sentence, or nil.
  let check: (UnsafeRawBufferPointer) -> String?

  /// The report of `failure`, which `bytes` caused. O(bytes).
  func report(_ failure: String, for bytes: UnsafeRawBufferPointer, of target: String) -> String {
    let shown = bytes.prefix(largest).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return """
      revfuzz: DIVERGENCE in \(target)
        \(failure)
        input      \(shown.isEmpty ? "no bytes" : shown.joined(separator: " "))

      """
  }

  /// Mutates the first `size` bytes of `buffer` and returns the new size.
  func mutate(_ buffer: UnsafeMutableRawBufferPointer, size: Int) -> Int {
    guard let start = buffer.baseAddress else { return 0 }
    let room = min(buffer.count, largest)
    return revfuzz_libfuzzer_mutate(
      start.assumingMemoryBound(to: UInt8.self), min(size, room), room)
  }

  /// Crosses `first` and `second` into `output` and returns the size of the result: that of one of
  /// the two, cut to `largest` and to `output`.
  func crossOver(
    _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer, using random: inout SplitMix64
  ) -> Int {
    let longer = first.count < second.count ? second : first
    let shorter = first.count < second.count ? first : second
    let parent = random.chance(1, in: 2) ? longer : shorter
    let size = min(parent.count, output.count, largest)
    for index in 0..<size {
      let isOther = index < shorter.count && random.chance(1, in: 2)
      output[index] = isOther ? shorter[index] : longer[index]
    }
    return size
  }
}
