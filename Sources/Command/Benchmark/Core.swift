import CBenchmark

/// The processor core that a benchmark runs on.
package enum Core {
  /// Pins the calling thread to its current core and disables transparent huge pages, so that no
  /// map is faster because of the size of its allocations. Returns the number of the core, or nil
  /// if the thread cannot be pinned.
  package static func pin() -> Int? {
    let core = Int(revfuzz_pin())
    return core < 0 ? nil : core
  }
}
