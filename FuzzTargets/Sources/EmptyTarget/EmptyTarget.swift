import CLibFuzzer

// Does nothing with its input: what libFuzzer does around it is the most that any target can reach.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt { 0 }

@_cdecl("EmptyTarget_main")
public func mainWithoutLibFuzzer() -> CInt { revfuzz_explain_missing_libfuzzer() }
