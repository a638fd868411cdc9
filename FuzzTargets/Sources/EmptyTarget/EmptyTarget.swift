import CLibFuzzer

// Ignores its input. Its speed is libFuzzer's own, an upper bound for every target.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt { 0 }

@_cdecl("EmptyTarget_main")
public func mainWithoutLibFuzzer() -> CInt { revfuzz_explain_missing_libfuzzer() }
