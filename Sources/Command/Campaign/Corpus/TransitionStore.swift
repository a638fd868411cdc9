import CampaignReport
import Differential
import Files
import Foundation
import Processes

/// The transition counts of a target over all runs: one file with the sum, and a table for each
/// process that has not been added to it yet.
///
/// Each ended process is added exactly once, even if the campaign is killed while adding it: the
/// name of the sum's file contains the process added last and a sequence number.
struct TransitionStore {
  /// The target's folder in the state folder.
  let folder: String

  /// The path of a process's table.
  func table(of process: String) -> String { "\(folder)/watched/\(process)" }

  private static let prefix = "transitions."

  /// A file with a sum.
  private struct Sum {
    var name: String
    /// Its sequence number.
    var number: Int
    /// The process added last.
    var process: String

    init?(_ name: String) {
      let parts = name.split(separator: ".", maxSplits: 2).map(String.init)
      guard parts.count == 3, parts[0] + "." == TransitionStore.prefix, let number = Int(parts[1])
      else { return nil }
      self.name = name
      self.number = number
      process = parts[2]
    }
  }

  /// The sum files, in order. There is more than one only after a kill; the last one is current.
  private var sums: [Sum] {
    InputFolder.names(in: folder).compactMap(Sum.init).sorted { $0.number < $1.number }
  }

  /// Adds every ended process that has not been added yet, and returns the sum.
  ///
  /// - Parameter problem: receives a sentence for each file that is invalid or cannot be written.
  func open(_ problem: (String) -> Void) -> TransitionTally {
    try? ResultFolder(path: "\(folder)/watched").make()
    for path in [folder, "\(folder)/watched"] { InputFolder.removeParts(in: path) }
    var tally = TransitionTally()
    // The last one, or the one before it if that cannot be read.
    for sum in sums.reversed() {
      do throws(TransitionError) {
        tally = try TransitionTally(contentsOf: "\(folder)/\(sum.name)")
      } catch {
        problem("\(error); skipped")
        unlink("\(folder)/\(sum.name)")
        continue
      }
      // This process is in the sum already, even if its table was not removed before a kill.
      unlink(table(of: sum.process))
      for other in sums where other.number < sum.number { unlink("\(folder)/\(other.name)") }
      break
    }
    for process in InputFolder.names(in: "\(folder)/watched") {
      add(process, to: &tally, problem)
    }
    return tally
  }

  /// Adds an ended process to `tally`, the sum so far, and writes the new sum. Returns the counts
  /// of the process; empty if it has no readable table.
  @discardableResult
  func add(_ process: String, to tally: inout TransitionTally, _ problem: (String) -> Void)
    -> TransitionTally
  {
    let table = table(of: process)
    var counted = TransitionTally()
    // The process ended before it made a table, or its target makes none.
    guard access(table, F_OK) == 0 else { return counted }
    do throws(TransitionError) {
      let before = sums
      var sum = tally
      counted = try TransitionTally(contentsOf: table)
      sum.merge(counted)
      let number = (before.last?.number ?? 0) + 1
      try sum.write(to: "\(folder)/\(Self.prefix)\(number).\(process)")
      for older in before { unlink("\(folder)/\(older.name)") }
      tally = sum
    } catch {
      problem("\(error); the process's counts are lost")
    }
    unlink(table)
    return counted
  }

  /// The counts of a running process so far; empty if it has no table.
  func look(at process: String) -> TransitionTally {
    (try? TransitionTally(contentsOf: table(of: process))) ?? TransitionTally()
  }
}

extension TransitionTally {
  /// The counts for a line of numbers.
  var transitionCounts: TransitionCounts {
    let counts = counts
    return TransitionCounts(
      watched: counts.watched, distinct: counts.distinct, singletons: counts.singletons,
      doubletons: counts.doubletons)
  }
}
