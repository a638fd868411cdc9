import ReverseMapping
import Testing

@testable import Benchmark

@Suite("The memory pool for maps in C: alignment, overlap, counters and reuse")
struct PooledMemoryTests {
  private struct Block {
    var start: UInt
    var size: Int
  }

  private func allocate(_ memory: PooledMemory, _ size: Int, _ alignment: Int) -> UInt? {
    PooledMemory.allocate(memory.context, size, alignment).map { UInt(bitPattern: $0) }
  }

  private func release(_ memory: PooledMemory, _ block: Block) {
    PooledMemory.release(
      memory.context, UnsafeMutableRawPointer(bitPattern: block.start), block.size)
  }

  @Test("Every block is aligned as requested, writable, and overlaps no other live block")
  func apart() throws {
    let memory = PooledMemory()
    var random = SplitMix64(seed: 1)
    var blocks: [Block] = []
    for turn in 0..<4000 {
      if turn % 3 == 2 {
        release(memory, blocks.remove(at: random.index(blocks.count)))
        continue
      }
      // Some sizes around the limit above which blocks come from the C library.
      let size = random.chance(1, in: 50) ? 16_380 + random.index(9) : 1 + random.index(700)
      let alignment = 1 << random.index(13)
      let start = try #require(allocate(memory, size, alignment))
      #expect(start % UInt(alignment) == 0)
      blocks.append(Block(start: start, size: size))
      let bytes = try #require(UnsafeMutableRawPointer(bitPattern: start))
      bytes.initializeMemory(as: UInt8.self, repeating: 0xa5, count: size)
    }
    blocks.sort { $0.start < $1.start }
    for (block, next) in zip(blocks, blocks.dropFirst()) {
      #expect(block.start + UInt(block.size) <= next.start)
    }
    #expect(memory.counts.liveBytes == blocks.reduce(0) { $0 + $1.size })
    for block in blocks { release(memory, block) }
    #expect(memory.counts.liveBytes == 0)
  }

  @Test("The block released last is allocated next, for the same stride only")
  func reuse() throws {
    let memory = PooledMemory()
    let first = try #require(allocate(memory, 256, 256))
    let second = try #require(allocate(memory, 256, 256))
    // The same size with another stride.
    let wide = try #require(allocate(memory, 256, 4096))
    for start in [first, wide, second] { release(memory, Block(start: start, size: 256)) }
    #expect(allocate(memory, 250, 16) == second)
    #expect(allocate(memory, 256, 4096) == wide)
    #expect(allocate(memory, 256, 256) == first)
  }

  @Test("Live and peak bytes are counted as requested, and so are requests and releases")
  func counts() throws {
    let memory = PooledMemory()
    let small = try #require(allocate(memory, 100, 16))
    let large = try #require(allocate(memory, 100_000, 64))
    #expect(large % 64 == 0)
    release(memory, Block(start: large, size: 100_000))
    #expect(
      memory.counts
        == PooledMemory.Counts(liveBytes: 100, peakBytes: 100_100, requests: 2, releases: 1))
    // A block is still live, so a reset must not allocate it again.
    memory.reset()
    #expect(memory.counts == PooledMemory.Counts(liveBytes: 100, peakBytes: 100))
    let another = try #require(allocate(memory, 100, 16))
    #expect(another != small)
  }

  @Test("After a reset without live blocks, blocks come in the original order again")
  func reset() throws {
    let memory = PooledMemory()
    // More than fit into one chunk.
    let blocks = try (0..<300).map { _ in try #require(allocate(memory, 512, 16)) }
    for start in blocks { release(memory, Block(start: start, size: 512)) }
    #expect(allocate(memory, 512, 16) == blocks.last)
    release(memory, Block(start: blocks[299], size: 512))
    memory.reset()
    #expect(memory.counts == PooledMemory.Counts())
    #expect((0..<300).map { _ in allocate(memory, 512, 16) } == blocks)
  }

  @Test("Invalid and oversized requests fail and are counted; releasing nil does nothing")
  func refusals() {
    let memory = PooledMemory()
    for (size, alignment) in [(8, 0), (8, 3), (8, -16), (8, 8192), (-1, 16), (Int.max, 16)] {
      #expect(allocate(memory, size, alignment) == nil, "\(size) at \(alignment)")
    }
    #expect(memory.counts == PooledMemory.Counts(requests: 6))
    PooledMemory.release(memory.context, nil, 8)
    #expect(memory.counts.releases == 0)
    #expect(PooledMemory.allocate(nil, 8, 8) == nil)
  }
}
