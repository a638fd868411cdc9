/// The style sheet of the page. Colours are variables, with one list each for light and dark mode.
/// Printed pages are always light.
enum StyleTemplate {
  /// Colours, fonts and the layout of the page.
  static let text = """
    :root {
      --paper: #fff; --sheet: #f6f6f4; --ink: #1c1d20; --quiet: #62656b; --rule: #dfdfdb;
      --line: #1f5fa8; --ghost: #a3a6ab;
      --good: #1b7346; --bad: #b42318; --doubt: #8a5a00;
      --good-sheet: #edf6f0; --bad-sheet: #fcefed; --doubt-sheet: #faf3e3;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --paper: #15171a; --sheet: #1e2124; --ink: #e3e4e6; --quiet: #9da1a8; --rule: #33373c;
        --line: #7db4f0; --ghost: #6b7077;
        --good: #6cc795; --bad: #f28b82; --doubt: #e0b257;
        --good-sheet: #17251d; --bad-sheet: #2b1a19; --doubt-sheet: #29210f;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
      font-variant-numeric: tabular-nums;
    }
    main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px; }
    section { margin-top: 48px; }
    h1 { margin: 0; font-size: 40px; line-height: 1.15; letter-spacing: -0.015em; }
    h2 { margin: 0 0 12px; padding-top: 14px; border-top: 1px solid var(--rule); font-size: 22px;
      line-height: 1.3; letter-spacing: -0.005em; }
    h3 { margin: 32px 0 4px; font-size: 16px; line-height: 1.4; }
    p { margin: 0 0 10px; max-width: 46em; overflow-wrap: anywhere; }
    .quiet, .label, .legend { color: var(--quiet); font-size: 13px; }
    .quiet, .legend { max-width: 62em; }
    .label { margin: 14px 0 4px; }
    .legend { margin: 26px 0 0; }
    .quiet b { color: var(--ink); font-weight: 600; }
    header { padding: 26px 28px 24px; border-left: 6px solid; border-radius: 3px; }
    header h1 { color: inherit; }
    header .over { margin: 0 0 4px; color: var(--quiet); font-size: 13px; }
    h1 .library { display: block; font-size: 17px; overflow-wrap: anywhere; }
    header .why { margin: 10px 0 0; color: var(--ink); font-size: 17px; line-height: 1.5; }
    header.good { color: var(--good); background: var(--good-sheet); }
    header.bad { color: var(--bad); background: var(--bad-sheet); }
    header.doubt { color: var(--doubt); background: var(--doubt-sheet); }
    dl { margin: 0; }
    dt, dd { margin: 0; overflow-wrap: anywhere; }
    .facts { display: flex; flex-wrap: wrap; gap: 12px 30px; margin-top: 20px; }
    .facts dt { color: var(--quiet); font-size: 12px; }
    .facts dd { font-weight: 600; white-space: nowrap; }
    .making, .chances { display: grid; gap: 5px 20px;
      grid-template-columns: fit-content(40%) minmax(0, 1fr); }
    .making dt { color: var(--quiet); }
    .making dd {
      font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
      font-size: 13px; line-height: 1.7; }
    .chances { margin: 0 0 12px; }
    .chances dt { font-weight: 600; }
    .entry .quiet { display: block; }
    .plain { margin: 0; padding: 0; list-style: none; }
    .plain li { display: grid; grid-template-columns: 96px 1fr; gap: 4px 6px; padding: 3px 0;
      overflow-wrap: anywhere; }
    .tag { display: inline-block; justify-self: start; align-self: start; padding: 1px 8px;
      border: 1px solid; border-radius: 3px; font-size: 12px; line-height: 1.5; font-weight: 600;
      white-space: nowrap; }
    .tag.good { color: var(--good); }
    .tag.bad { color: var(--bad); }
    .tag.open { color: var(--quiet); }
    """

  /// Findings, tables and charts, and the rules for small screens and for print.
  static let shapes = """
    pre, code {
      font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
    pre { margin: 0; padding: 14px 16px; overflow-x: auto; border-radius: 3px;
      background: var(--sheet); font-size: 12.5px; line-height: 1.42; }
    pre code { font-size: inherit; }
    pre.command { padding: 9px 16px; user-select: all; }
    details > summary { cursor: pointer; }
    .finding { margin: 22px 0; padding: 2px 0 2px 20px; border-left: 3px solid var(--bad); }
    details.finding { border-left-color: var(--ghost); }
    .finding h3 { margin: 0 0 4px; font-size: 17px; overflow-wrap: anywhere; }
    .finding h3 .tag { margin-right: 4px; vertical-align: 1px; }
    .finding summary h3 { display: inline; margin-right: 8px; }
    .finding details { margin-top: 10px; }
    .finding details summary { color: var(--quiet); font-size: 13px; }
    .finding[open] > summary { margin-bottom: 6px; }
    /* A shadow on a side shows that the box can be scrolled there. At the end of the content, a
      background that scrolls with it covers the shadow. */
    .box { overflow-x: auto; margin: 8px 0 10px;
      background:
        linear-gradient(to right, var(--paper) 40%, transparent) 0 0 / 40px 100% no-repeat local,
        linear-gradient(to left, var(--paper) 40%, transparent) 100% 0 / 40px 100% no-repeat local,
        linear-gradient(to right, var(--ghost), transparent) 0 0 / 9px 100% no-repeat scroll,
        linear-gradient(to left, var(--ghost), transparent) 100% 0 / 9px 100% no-repeat scroll; }
    table { border-collapse: collapse; min-width: 100%; font-size: 14px; }
    th, td { padding: 6px 0 6px 20px; border-bottom: 1px solid var(--rule); text-align: right;
      white-space: nowrap; }
    th:first-child { padding-left: 0; text-align: left; }
    thead th { color: var(--quiet); font-size: 12px; font-weight: 500; vertical-align: bottom; }
    tbody th { font-weight: 500; }
    tfoot th, tfoot td { border-bottom: 0; font-weight: 600; }
    .group td { border-bottom: 0; padding-top: 3px; padding-bottom: 3px; }
    .group tr:first-child td { padding-top: 7px; }
    .group tr:last-child td { border-bottom: 1px solid var(--rule); padding-bottom: 7px; }
    .group th { vertical-align: top; }
    th.words, td.words { text-align: left; }
    td.quiet { padding-left: 10px; font-size: 12px; font-weight: 400; }
    td.bar { width: 92px; min-width: 92px; }
    td.bar b { display: block; border-radius: 1px; background: var(--rule); }
    td.bar i { display: block; height: 6px; border-radius: 1px; background: var(--line); }
    .module { padding: 6px 0; }
    .module > summary { font-weight: 600; padding: 4px 0; }
    .module > summary .quiet { font-weight: 400; }
    .gap { padding: 4px 0; overflow-wrap: anywhere; }
    .gap code { font-size: 13px; }
    .gap p { margin: 4px 0 8px 18px; font-size: 13px; }
    .legend svg { vertical-align: -1px; margin-right: 2px; }
    .charts { display: grid; gap: 22px 28px; margin-top: 12px;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); }
    .chart { margin: 0; min-width: 0; break-inside: avoid; }
    figcaption { font-size: 13px; margin-bottom: 2px; overflow-wrap: anywhere; }
    figcaption b { font-weight: 600; }
    figcaption span { margin-left: 6px; color: var(--quiet); font-size: 12px; }
    .chart svg { display: block; width: 100%; height: auto; overflow: visible; }
    svg text { fill: var(--quiet); font-size: 11px; }
    svg path { fill: none; stroke-linejoin: round; }
    svg .rule { stroke: var(--rule); stroke-width: 1; }
    svg .tick { stroke: var(--quiet); stroke-width: 1; }
    svg .row { text-anchor: end; dominant-baseline: central; }
    svg .column { text-anchor: middle; }
    svg .before { stroke: var(--ghost); stroke-width: 1; }
    svg .now { stroke: var(--line); stroke-width: 2.2; }
    svg .dot { fill: var(--line); }
    svg .value { fill: var(--ink); font-weight: 600; font-size: 11.5px; dominant-baseline: central;
      transform: translateX(7px); }
    :focus-visible { outline: 2px solid var(--line); outline-offset: 2px; }
    @media (max-width: 600px) {
      main { padding: 16px 16px 48px; }
      section { margin-top: 36px; }
      h1 { font-size: 31px; }
      header { padding: 18px 18px 16px; }
      header .why { font-size: 16px; }
      .facts { display: grid; grid-template-columns: 1fr 1fr; gap: 10px 16px; }
      .facts dd { white-space: normal; }
      .making, .chances { grid-template-columns: 1fr; gap: 0; }
      .making dd, .chances dd { margin-bottom: 8px; }
      .finding { padding-left: 12px; }
      pre { padding: 12px; font-size: 11.5px; }
      table { font-size: 13px; }
      th, td { padding-left: 14px; }
      th.path { min-width: 190px; white-space: normal; overflow-wrap: anywhere; }
      td.bar { width: 60px; min-width: 60px; }
    }
    @media print {
      body { font-size: 10.5pt; }
      main { max-width: none; padding: 0; }
      header { border: 1px solid; border-left: 6px solid; }
      .box, pre { overflow: visible; background: none; }
      pre { padding: 0; font-size: 7.5pt; white-space: pre-wrap; }
      table { font-size: 8.5pt; }
      th, td { padding-left: 8px; }
      h2, h3 { break-after: avoid; }
      tr, .finding h3, .facts { break-inside: avoid; }
    }
    """
}
