import CLibFuzzer
import Testing

/// AFL++'s driver defines this function so that targets link. It changes nothing and returns 0.
@_cdecl("LLVMFuzzerMutate")
public func mutateLikeTheDriverOfAnotherEngine(
  _ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ maximum: Int
) -> Int { 0 }

@Suite("Another engine than libFuzzer")
struct OtherEngineTests {
  @Test("that has no byte mutator leaves an input as it is")
  func noByteMutator() {
    var bytes: [UInt8] = [1, 2, 3]
    #expect(revfuzz_libfuzzer_mutate(&bytes, 3, 3) == 3)
    #expect(bytes == [1, 2, 3])
  }

  @Test("is not taken for libFuzzer")
  func noLibFuzzer() {
    #expect(!revfuzz_has_libfuzzer())
  }
}
