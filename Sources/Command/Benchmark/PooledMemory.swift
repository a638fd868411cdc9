import Foundation

/// A memory pool for maps in C, to be used through `struct reverse_map_allocator`. It keeps free
/// lists of blocks by size, carved out of chunks. As in a kernel's slab, allocating and freeing pop
/// and push a list, so that a table compares maps and not the C library's `malloc`.
///
///     allocator.context = memory.context
///     allocator.allocate = PooledMemory.allocate
///     allocator.release = PooledMemory.release
///
/// A block's *stride* is its size rounded up to 16 bytes and to its alignment. Chunks are aligned
/// to their size. A chunk has blocks of one stride only, at multiples of the largest power of two
/// in the stride, so they are as aligned as any request for them. `release` is not given the
/// alignment; it reads the stride from the first bytes of the chunk.
///
/// Not thread-safe. Misuse by a C library is not checked, and AddressSanitizer does not see it.
final class PooledMemory {
  /// Counters of requests and bytes.
  struct Counts: Equatable {
    /// Requested bytes in blocks that are allocated now.
    var liveBytes = 0
    /// The highest `liveBytes` so far.
    var peakBytes = 0
    /// Requests, including failed ones.
    var requests = 0
    /// Released blocks.
    var releases = 0
  }

  /// Alignments above this are refused.
  static let mostAlignment = 4096

  private let state: UnsafeMutablePointer<State>

  /// An empty pool. Its lists take some 60 KB.
  init() {
    state = .allocate(capacity: 1)
    state.initialize(to: State())
  }

  deinit {
    state.pointee.free()
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// The first argument for the callbacks. Valid as long as this object exists.
  var context: UnsafeMutableRawPointer { UnsafeMutableRawPointer(state) }

  /// The counters since the pool was created or last reset.
  var counts: Counts { state.pointee.counts }

  /// Resets the counters. If no block is allocated, also empties the free lists and reuses the
  /// chunks from their start, so that blocks come in ascending order again. O(strides).
  func reset() {
    let live = state.pointee.counts.liveBytes
    if live == 0 { state.pointee.forgetBlocks() }
    state.pointee.counts = Counts(liveBytes: live, peakBytes: live)
  }

  /// Allocates `size` bytes at a multiple of `alignment`. Returns nil if there is no memory, or if
  /// the alignment is not a power of two up to 4096.
  static let allocate:
    @convention(c) (
      _ context: UnsafeMutableRawPointer?, _ size: Int, _ alignment: Int
    ) -> UnsafeMutableRawPointer? = { context, size, alignment in
      guard let context else { return nil }
      return context.assumingMemoryBound(to: State.self).pointee.allocate(size, alignment)
    }

  /// Releases a block of `size` bytes that `allocate` returned; does nothing for nil.
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
    /// Released blocks, each with the address of the next in its first bytes.
    var head: UnsafeMutableRawPointer?
    /// Blocks that were never allocated: from here to `end`.
    var fresh: UInt = 0
    var end: UInt = 0
  }

  /// The state that the callbacks work on. A struct, so that they do no reference counting.
  private struct State {
    /// The size of a chunk, in bytes.
    static let chunk = 1 << 16
    /// Chunks are allocated in slabs of this many.
    static let chunksPerSlab = 16
    /// Blocks larger than this come from the C library.
    static let mostPooled = 1 << 14
    /// The number of lists: one for each multiple of 16 bytes that can be a stride.
    static let lists = (mostPooled + mostAlignment) / 16 + 1

    var counts = Counts()
    let lists: UnsafeMutablePointer<FreeList>
    /// Slabs of `chunksPerSlab` chunks each.
    var slabs: [UnsafeMutableRawPointer] = []
    /// The number of chunks that have a stride, counted from the first slab's first chunk.
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
      // The start of the chunk holds the stride and is never a block.
      let chunk = UInt(bitPattern: memory) & ~UInt(State.chunk &- 1)
      guard let header = UnsafeRawPointer(bitPattern: chunk) else { return }
      let list = lists + header.load(as: Int.self) / 16
      memory.storeBytes(of: list.pointee.head, as: UnsafeMutableRawPointer?.self)
      list.pointee.head = memory
    }

    /// The next block of the list's chunk, or the first block of a new chunk.
    @inline(never)
    private mutating func takeFresh(
      _ list: UnsafeMutablePointer<FreeList>, _ stride: Int
    ) -> UnsafeMutableRawPointer? {
      if list.pointee.fresh == list.pointee.end {
        guard let chunk = nextChunk() else { return nil }
        chunk.storeBytes(of: stride, as: Int.self)
        // Blocks start behind the stored stride, at the next multiple of their alignment.
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

    /// Frees the slabs and the lists.
    func free() {
      for slab in slabs { Foundation.free(slab) }
      lists.deallocate()
    }
  }
}
