import CLibFuzzer
import Scenario

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// The functions that libFuzzer calls. It calls them all from one thread, so the mutable global
// below is safe.

nonisolated(unsafe) private var session: Session?
/// Prints an input. Not part of the session, which a process that dies is in the middle of using.
nonisolated(unsafe) private var describe: ((UnsafeRawBufferPointer) -> Void)?

/// Runs before libFuzzer parses its flags, and adds defaults for those that the caller did not
/// give. Another engine has flags of its own, and reports its runs itself.
@_cdecl("LLVMFuzzerInitialize")
public func fuzzerInitialize(
  _ argc: UnsafeMutablePointer<CInt>,
  _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
  if revfuzz_has_libfuzzer() { Defaults.add(argc, argv) }
  revfuzz_begin_process(argc.pointee, argv.pointee)
  // Swift's crash handler would end the process before libFuzzer could save the input. libFuzzer
  // installs its own handlers only where the default action is in place.
  for number in [SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV] { signal(number, SIG_DFL) }
  // A closed output pipe must not end the process before the input is saved.
  signal(SIGPIPE, SIG_IGN)
  let new = Session.ofProcess()
  if environmentValue(of: "REVFUZZ_RECOVER") != nil {
    revfuzz_end_process(revfuzz_recover_inputs())
  }
  describe = new.inputPrinter
  revfuzz_describe_inputs_with { describe?(UnsafeRawBufferPointer(start: $0, count: $1)) }
  revfuzz_begin_run()
  session = new
  if revfuzz_has_libfuzzer() { atexit { session?.endRun() } }
  return 0
}

/// Runs one input. Returns -1 (do not add it to the corpus) for an input that is not for this
/// target.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzerTestOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  session?.test(UnsafeRawBufferPointer(start: data, count: size)) ?? 0
}

/// Mutates an input in place and returns its new size.
@_cdecl("LLVMFuzzerCustomMutator")
public func fuzzerCustomMutator(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: CUnsignedInt
) -> Int {
  let buffer = UnsafeMutableRawBufferPointer(start: data, count: maximum)
  return session?.mutate(buffer, size: size, seed: seed) ?? size
}

/// Crosses two inputs and returns the size of the result.
@_cdecl("LLVMFuzzerCustomCrossOver")
public func fuzzerCustomCrossOver(
  _ first: UnsafePointer<UInt8>?, _ firstSize: Int, _ second: UnsafePointer<UInt8>?,
  _ secondSize: Int, _ output: UnsafeMutablePointer<UInt8>, _ maximum: Int, _ seed: CUnsignedInt
) -> Int {
  session?.crossOver(
    UnsafeRawBufferPointer(start: first, count: firstSize),
    UnsafeRawBufferPointer(start: second, count: secondSize),
    into: UnsafeMutableRawBufferPointer(start: output, count: maximum), seed: seed) ?? 0
}
