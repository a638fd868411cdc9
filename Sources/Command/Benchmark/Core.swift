import CBenchmark

/// The core that a benchmark runs on.
package enum Core {
  /// Pins the calling thread to the core that it runs on, and keeps pages of memory small from now on,
  /// so that no map is faster for the size of its requests. Returns the number of the core, or nil if
  /// the thread cannot be pinned.
  package static func pin() -> Int? {
    let core = Int(revfuzz_pin())
    return core < 0 ? nil : core
  }
}
