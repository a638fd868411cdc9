import ReverseMapping

// Operations from coordinates. What they are given is normalised, so a constructor never fails;
// `Operation+Inverse.swift` has those that take the literal arguments, and refuse misfits.

extension Operation {
  /// `clear`, `beginFullUnmap`, `endFullUnmap`, `clearTree` or `reclaim`, which have no arguments,
  /// or one of the first three, `create`, `handOver`, `tearDown` or `topUp` of MMU `mmu`, which a
  /// machine has. O(1).
  @inlinable
  public init(_ kind: Kind, mmu: Int = 0) {
    self.init(bits: UInt64(kind.rawValue))
    self.mmu = mmu
  }

  /// An operation with these fields, as they are. O(1).
  @inlinable
  init(_ kind: Kind, at place: Place, to second: Place, pages: UInt64) {
    self.init(kind)
    self.place = place
    secondPlace = second
    self.pages = pages
  }

  /// `record` of `pages` pages from `canonical` on, which are nested at `nested`; in a machine by
  /// MMU `mmu`. O(1).
  @inlinable
  public static func record(
    _ canonical: Place, nested: Place, pages: UInt64 = 1, flaw: Flaw = .none, mmu: Int = 0,
    in world: World
  ) -> Operation {
    var operation = Operation(.record, at: canonical, to: nested, pages: pages)
    operation.flaw = flaw
    operation.mmu = mmu
    return operation.normalised(in: world)
  }

  /// `unmap` of `pages` pages from `canonical` on. O(1).
  @inlinable
  public static func unmap(
    _ canonical: Place, pages: UInt64 = 1, flaw: Flaw = .none, in world: World
  ) -> Operation {
    var operation = Operation(.unmap, at: canonical, to: canonical, pages: pages)
    operation.flaw = flaw
    return operation.normalised(in: world)
  }

  /// `query` of `pages` pages from `canonical` on. O(1).
  @inlinable
  public static func query(
    _ canonical: Place, pages: UInt64 = 1, flaw: Flaw = .none, in world: World
  ) -> Operation {
    var operation = unmap(canonical, pages: pages, flaw: flaw, in: world)
    operation.kind = .query
    return operation.normalised(in: world)
  }

  /// `invalidate` of `pages` pages from `nested` on; in a machine of MMU `mmu`. O(1).
  @inlinable
  public static func invalidate(
    _ nested: Place, pages: UInt64 = 1, flaw: Flaw = .none, mmu: Int = 0, in world: World
  ) -> Operation {
    var operation = Operation(.invalidate, at: nested, to: nested, pages: pages)
    operation.flaw = flaw
    operation.mmu = mmu
    return operation.normalised(in: world)
  }

  /// `refuse` by the nearest plan to `plan` that an operation can have (`refusalPlan`). O(1).
  @inlinable
  public static func refuse(_ plan: RefusalPlan, in world: World) -> Operation {
    var operation = Operation(.refuse)
    operation.refusalPlan = plan
    return operation.normalised(in: world)
  }

  /// `enter` of `context`. O(1).
  @inlinable
  public static func enter(_ context: Context, in world: World) -> Operation {
    var operation = Operation(.enter)
    operation.context = context
    return operation.normalised(in: world)
  }

  /// A tree operation of `kind` over `keys` keys from `first` on; `word` counts for `store` and
  /// `replace`, and `keys` for all but `find`. O(1).
  @inlinable
  public static func tree(
    _ kind: Kind, _ first: Place, keys: UInt64 = 1, word: UInt64 = 0, in world: World
  ) -> Operation {
    var operation = Operation(kind, at: first, to: first, pages: keys)
    operation.treeWord = word
    return operation.normalised(in: world)
  }

  /// A tree operation of `kind` from the key at `first` to the key at `last`, in this order under
  /// the flaw `reversed`, else in ascending order. O(1).
  @inlinable
  public static func tree(
    _ kind: Kind, from first: Place, to last: Place, word: UInt64 = 0, isReversed: Bool = false,
    in world: World
  ) -> Operation {
    var operation = Operation(kind, at: first, to: last, pages: 1)
    operation.treeWord = word
    operation.reach = isReversed ? .reversed : .far
    return operation.normalised(in: world)
  }
}
