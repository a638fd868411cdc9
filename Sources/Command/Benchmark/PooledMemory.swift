import Foundation

/// Memory for maps in C, as `struct reverse_map_allocator` wants it: lists of free blocks by size,
/// carved out of chunks. One step from a list or to one, as in a kernel's slab, so that a table
/// compares maps and not the C library's `malloc`.
///
///     allocator.context = memory.context
///     allocator.allocate = PooledMemory.allocate
///     allocator.release = PooledMemory.release
///
/// A block's *stride* is its size rounded up to 16 bytes and to its alignment. Chunks are aligned to
/// their size, and one has blocks of one stride only, which stand at multiples of the largest power
/// of two in the stride: as aligned as any request for them. What is released is told without its
/// alignment; the first bytes of its chunk know the stride.
///
/// Not for use by several threads at a time. Nothing is checked that a C library could get wrong;
/// AddressSanitizer sees nothing of it.
final class PooledMemory {
  /// What it was used for.
  struct Counts: Equatable {
    /// Bytes handed out and not yet given back, as they were asked for.
    var liveBytes = 0
    /// The most of them at one time.
    var peakBytes = 0
    /// Requests, those for which there was no memory included.
    var requests = 0
    /// Blocks given back.
    var releases = 0
  }

  /// Alignments above this are refused.
  static let mostAlignment = 4096

  private let state: UnsafeMutablePointer<State>

  /// Memory of which nothing is in use. O(1), some 60 KB.
  init() {
    state = .allocate(capacity: 1)
    state.initialize(to: State())
  }

  deinit {
    state.pointee.free()
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// What the callbacks want as their first argument. Valid as long as this object lives.
  var context: UnsafeMutableRawPointer { UnsafeMutableRawPointer(state) }

  /// What it was used for since it was made, or reset. O(1).
  var counts: Counts { state.pointee.counts }

  /// Counts from 0 again, and hands out blocks in ascending order again, as if it were new but for
  /// its chunks, which it keeps. Does nothing but count anew while something is handed out.
  /// O(strides).
  func reset() {
    let live = state.pointee.counts.liveBytes
    if live == 0 { state.pointee.forgetBlocks() }
    state.pointee.counts = Counts(liveBytes: live, peakBytes: live)
  }

  /// `size` bytes at a multiple of `alignment`, or nil: there is no memory, or the alignment is no
  /// power of two up to 4096. O(1).
  static let allocate:
    @convention(c) (
      _ context: UnsafeMutableRawPointer?, _ size: Int, _ alignment: Int
    ) -> UnsafeMutableRawPointer? = { context, size, alignment in
      guard let context else { return nil }
      return context.assumingMemoryBound(to: State.self).pointee.allocate(size, alignment)
    }

  /// Takes back what `allocate` gave for `size` bytes; nil is nothing. O(1).
  static let release:
    @convention(c) (
      _ context: UnsafeMutableRawPointer?, _ memory: UnsafeMutableRawPointer?, _ size: Int
    ) -> Void = { context, memory, size in
      guard let context, let memory else { return }
      context.assumingMemoryBound(to: State.self).pointee.release(memory, size)
    }
}

extension PooledMemory {
  /// The free blocks of one stride.
  private struct FreeList {
    /// Given back, each with the address of the next in its first bytes.
    var head: UnsafeMutableRawPointer?
    /// Never handed out: from here to `end`, in whole blocks.
    var fresh: UInt = 0
    var end: UInt = 0
  }

  /// What the callbacks work on: a struct, so that they count no oracles.
  private struct State {
    /// Bytes of a chunk.
    static let chunk = 1 << 16
    /// Chunks that are asked for at a time.
    static let chunksPerSlab = 16
    /// Larger blocks come from the C library.
    static let mostPooled = 1 << 14
    /// One stride in 16 bytes.
    static let lists = (mostPooled + mostAlignment) / 16 + 1

    var counts = Counts()
    let lists: UnsafeMutablePointer<FreeList>
    /// Each `chunksPerSlab` chunks.
    var slabs: [UnsafeMutableRawPointer] = []
    /// Chunks that have a stride, the first of the first slab before all others.
    var usedChunks = 0

    init() {
      lists = .allocate(capacity: Self.lists)
      lists.initialize(repeating: FreeList(), count: Self.lists)
    }

    @inline(__always)
    mutating func allocate(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer? {
      counts.requests &+= 1
      guard size >= 0, alignment > 0, alignment <= mostAlignment,
        alignment & (alignment &- 1) == 0
      else { return nil }
      guard size <= State.mostPooled else { return allocateLarge(size, alignment) }
      let mask = max(alignment, 16) &- 1
      let stride = (max(size, 1) &+ mask) & ~mask
      let list = lists + stride / 16
      guard let block = take(list) ?? takeFresh(list, stride) else { return nil }
      noteUse(size)
      return block
    }

    @inline(__always)
    private func take(_ list: UnsafeMutablePointer<FreeList>) -> UnsafeMutableRawPointer? {
      guard let block = list.pointee.head else { return nil }
      list.pointee.head = block.load(as: UnsafeMutableRawPointer?.self)
      return block
    }

    @inline(__always)
    private mutating func noteUse(_ size: Int) {
      counts.liveBytes &+= size
      counts.peakBytes = max(counts.peakBytes, counts.liveBytes)
    }

    @inline(__always)
    mutating func release(_ memory: UnsafeMutableRawPointer, _ size: Int) {
      counts.releases &+= 1
      counts.liveBytes &-= size
      guard size <= State.mostPooled else {
        Foundation.free(memory)
        return
      }
      // A block is never at the start of its chunk.
      let chunk = UInt(bitPattern: memory) & ~UInt(State.chunk &- 1)
      guard let header = UnsafeRawPointer(bitPattern: chunk) else { return }
      let list = lists + header.load(as: Int.self) / 16
      memory.storeBytes(of: list.pointee.head, as: UnsafeMutableRawPointer?.self)
      list.pointee.head = memory
    }

    /// The next block of the list's chunk, or the first of a new one.
    @inline(never)
    private mutating func takeFresh(
      _ list: UnsafeMutablePointer<FreeList>, _ stride: Int
    ) -> UnsafeMutableRawPointer? {
      if list.pointee.fresh == list.pointee.end {
        guard let chunk = nextChunk() else { return nil }
        chunk.storeBytes(of: stride, as: Int.self)
        // Behind the stride, and as aligned as all the others.
        let granule = min(stride & -stride, mostAlignment)
        let start = UInt(bitPattern: chunk) &+ UInt(granule)
        list.pointee.fresh = start
        list.pointee.end = start &+ UInt((State.chunk &- granule) / stride &* stride)
      }
      let block = UnsafeMutableRawPointer(bitPattern: list.pointee.fresh)
      list.pointee.fresh &+= UInt(stride)
      return block
    }

    private mutating func nextChunk() -> UnsafeMutableRawPointer? {
      let (slab, chunk) = usedChunks.quotientAndRemainder(dividingBy: State.chunksPerSlab)
      if slab == slabs.count {
        var memory: UnsafeMutableRawPointer?
        guard
          posix_memalign(&memory, State.chunk, State.chunk * State.chunksPerSlab) == 0, let memory
        else { return nil }
        slabs.append(memory)
      }
      usedChunks += 1
      return slabs[slab] + chunk * State.chunk
    }

    @inline(never)
    private mutating func allocateLarge(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer? {
      var memory: UnsafeMutableRawPointer?
      guard posix_memalign(&memory, max(alignment, 16), size) == 0, let memory else { return nil }
      noteUse(size)
      return memory
    }

    mutating func forgetBlocks() {
      lists.update(repeating: FreeList(), count: State.lists)
      usedChunks = 0
    }

    /// Gives the chunks back.
    func free() {
      for slab in slabs { Foundation.free(slab) }
      lists.deallocate()
    }
  }
}
