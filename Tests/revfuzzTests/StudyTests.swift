import ArgumentParser
import Testing

@testable import revfuzz

@Suite("The options of a study")
struct StudyTests {
  @Test("wrong usage of a study names the option")
  func usage() throws {
    #expect(try StudyAllocation.parse(["--records", "1000"]).records == 1000)
    let both = try StudyAllocation.parse(["--workload", "boot", "--workload", "churn"])
    #expect(both.workload == [.boot, .churn])
    for arguments in [
      ["--records", "999"], ["--records", "1000000001"], ["--records", "x"], ["--seed=-1"],
      ["--workload", "sleep"], ["--direct", "maybe"],
    ] {
      let error = #expect(throws: (any Error).self) { _ = try StudyAllocation.parse(arguments) }
      let message = error.map { StudyAllocation.fullMessage(for: $0) } ?? ""
      #expect(message.contains(arguments[0].prefix(6)), "\(message)")
      #expect(error.map { StudyAllocation.exitCode(for: $0) } == ExitCode(64))
    }
  }
}
