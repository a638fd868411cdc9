import CLibFuzzer
import ReverseMapping
import Scenario

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a fuzz target does whose input is plain bytes and not a scenario: any bytes are input.
///
/// libFuzzer's own mutator changes them, and a crossover takes each byte from one of two inputs.
struct BytesTarget {
  /// The most bytes that the check looks at. No mutant has more.
  let largest: Int
  /// What is wrong with these bytes, in a sentence; nil if nothing is.
  let check: (UnsafeRawBufferPointer) -> String?

  /// What is printed for `bytes`, which failed as `failure` says. O(bytes).
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

  /// Crosses `first` and `second` over into `output` and returns the size of the result, which is that
  /// of one of both.
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
