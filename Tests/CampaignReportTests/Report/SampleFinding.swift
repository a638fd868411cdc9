@testable import CampaignReport

/// Findings of planted bugs, as filed by triage.
enum SampleFinding {
  static let all = [
    finding(
      "unmap-misses-a-mapping", "unmap misses a mapping (unsound) in FuzzShadow", isNew: true,
      count: 7, scenario: missed, drawing: drawingOfMissed),
    finding(
      "trap-in-split", "trap in RangeTree.split<A>(_:at:): Index < 0 || > count & not in bounds",
      reproduction: "flaky, in 3 of 10 runs", isNew: true, count: 1, scenario: trapped,
      drawing: nil),
    finding(
      "record-holds-other-entries", "record holds other entries (state) in FuzzReverseMap",
      isNew: false, count: 1212, scenario: trapped, drawing: nil),
  ]

  static func finding(
    _ name: String, _ failure: String, reproduction: String = "steady", isNew: Bool, count: Int,
    scenario: String, drawing: String?
  ) -> CampaignRecord.FindingPage {
    CampaignRecord.FindingPage(
      name: name, failure: failure, reproduction: reproduction, isNew: isNew, count: count,
      replay: "./revfuzz replay out/runs/findings/\(name)/\(name).scenario",
      scenario: scenario, drawing: drawing)
  }

  private static let trapped = """
    revfuzz-scenario 4
    world map ipa-bits 48 layout mailed nodes tiny blocks pages window 8 windows 1
    record 0x2000 -> 0x2000 size 0x2000
    record 0x0 -> 0x0 size 0x3000
    """

  private static let missed = """
    revfuzz-scenario 4
    world vm ipa-bits 48 layout tagged nodes tiny blocks laminar window 16 windows 2 direct on mmus 2
    record 0x0 -> 0x0 size 0x1000 mmu 0
    record 0x4000 -> 0x8000 size 0x4000 mmu 1
    unmap 0x0 size 0x8000
    """

  private static let drawingOfMissed = """
    world vm ipa-bits 48 layout tagged nodes tiny blocks laminar window 16 windows 2 direct on mmus 2
    [0x1000---] an entry with its nested base (nested: its canonical base)   [???] an unknown entry
    . gap   ~ gap of more than 64 pages   / not drawn   ^ the two sides differ

    step 1  record 0x0 -> 0x0 size 0x1000 mmu 0    stored
      mmu 0
      canonical  0x0  0x1000 0x4000          0x5000 0x8000
      op         [===]
      oracle     [0x0]..............................
      subject    [0x0]..............................
      nested     0x0  0x1000 0xffffffff8000 ..f9000
      op         [===]
      oracle     [0x0]~~~~~~~...............
      subject    [0x0]~~~~~~~...............

    step 2  record 0x4000 -> 0x8000 size 0x4000 mmu 1    stored
      mmu 1
      canonical  0x0 0x4000  0x8000
      op             [======]
      oracle     ....[0x8000]
      subject    ....[0x8000]

    step 3  unmap 0x0 size 0x8000
      oracle     mmu 0 ranges [0x0, 0xfff], mmu 1 ranges [0x8000, 0xbfff]
      subject    mmu 0 ranges [0x0, 0xfff]
      mmu 1
      canonical  0x0 0x4000  0x8000
      op         [==========]
      oracle     ............
      subject    ....[0x8000]
                     ^^^^^^^^
      survivor       [0x8000]
                 unsound: mmu 1 nested [0x8000, 0xbfff] -> canonical [0x4000, 0x7fff] is live, but
                 this step should have killed it
    """
}
