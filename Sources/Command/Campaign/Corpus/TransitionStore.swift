import CampaignReport
import Differential
import Files
import Foundation
import Processes

/// What a target's processes have seen of transitions, in all runs: one file of what is added up, and a
/// table for each process that is not added yet.
///
/// A process that has ended is added once, wherever adding it is cut short: the file that holds the sum
/// has in its name which process was added last, and how many files came before it.
struct TransitionStore {
  /// The target's folder in the state folder.
  let folder: String

  /// Where the table of a process lies.
  func table(of process: String) -> String { "\(folder)/watched/\(process)" }

  private static let prefix = "transitions."

  /// A file of a sum.
  private struct Sum {
    var name: String
    /// How many files came before it.
    var number: Int
    /// The process that was added last.
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

  /// The files of sums that are there: one, unless adding was cut short; the last one is it.
  private var sums: [Sum] {
    InputFolder.names(in: folder).compactMap(Sum.init).sorted { $0.number < $1.number }
  }

  /// Adds every process that has ended and is not added yet, and returns the sum.
  ///
  /// - Parameter problem: is told of each file that is no table or cannot be written.
  func open(_ problem: (String) -> Void) -> TransitionTally {
    try? ResultFolder(path: "\(folder)/watched").make()
    for path in [folder, "\(folder)/watched"] { InputFolder.removeParts(in: path) }
    var tally = TransitionTally()
    // The last one, or, if that cannot be read, the one before it.
    for sum in sums.reversed() {
      do throws(TransitionError) {
        tally = try TransitionTally(contentsOf: "\(folder)/\(sum.name)")
      } catch {
        problem("\(error); it is left out")
        unlink("\(folder)/\(sum.name)")
        continue
      }
      // That one is in it.
      unlink(table(of: sum.process))
      for other in sums where other.number < sum.number { unlink("\(folder)/\(other.name)") }
      break
    }
    for process in InputFolder.names(in: "\(folder)/watched") {
      add(process, to: &tally, problem)
    }
    return tally
  }

  /// Adds a process that has ended to `tally`, which is the sum so far, and keeps that. Returns what the process
  /// has counted; nothing if it has no table that can be read.
  @discardableResult
  func add(_ process: String, to tally: inout TransitionTally, _ problem: (String) -> Void)
    -> TransitionTally
  {
    let table = table(of: process)
    var counted = TransitionTally()
    // A process that did not come to make one, or a target that does not.
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
      problem("\(error); what it has counted is left out")
    }
    unlink(table)
    return counted
  }

  /// What the table of a process that runs has so far; nothing if there is none.
  func look(at process: String) -> TransitionTally {
    (try? TransitionTally(contentsOf: table(of: process))) ?? TransitionTally()
  }
}

extension TransitionTally {
  /// The counts of it, for a record.
  var transitionCounts: TransitionCounts {
    let counts = counts
    return TransitionCounts(
      watched: counts.watched, distinct: counts.distinct, singletons: counts.singletons,
      doubletons: counts.doubletons)
  }
}
