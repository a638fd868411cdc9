import Foundation

// The forms in which runs are kept: one line of JSON for a minute, one file for the record.

extension JSONEncoder {
  fileprivate static var campaign: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return encoder
  }
}

extension JSONDecoder {
  fileprivate static var campaign: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
  }
}

extension NumberLine {
  /// The line, without its end.
  public var json: String {
    // Nothing in it can fail to be encoded: there are no numbers that JSON has not.
    (try? JSONEncoder.campaign.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// The lines in `text`. What is no such line is left out: the last one may have been cut short by a full
  /// disk. O(text).
  public static func lines(in text: String) -> [NumberLine] {
    text.split(separator: "\n").compactMap {
      try? JSONDecoder.campaign.decode(NumberLine.self, from: Data($0.utf8))
    }
  }
}

extension CampaignRecord {
  /// The record as a file. O(record).
  public var json: Data {
    let encoder = JSONEncoder.campaign
    encoder.outputFormatting.insert(.prettyPrinted)
    return (try? encoder.encode(self)) ?? Data()
  }

  /// The record in a file, or nil if it is none.
  public init?(json: Data) {
    guard let record = try? JSONDecoder.campaign.decode(CampaignRecord.self, from: json) else {
      return nil
    }
    self = record
  }
}
