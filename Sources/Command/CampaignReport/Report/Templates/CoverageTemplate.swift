/// The source coverage.
enum CoverageTemplate {
  /// The section: a table of modules, and under it each module with its files.
  static let text = """
    <section aria-labelledby="coverage">
    <h2 id="coverage">Source coverage</h2>
    {{^coverage.isMeasured}}<p>It was not measured this run.</p>{{/coverage.isMeasured}}
    {{#coverage.isMeasured}}
    <p>What the corpus of all targets reaches when it is run again. Nothing is generated, shrunk or \
    reported then, so of what does that little is reached.</p>
    <div class="box" tabindex="0" role="region" aria-labelledby="coverage">
    <table>
    <thead>\(head("Module"))</thead>
    <tbody>{{#coverage.modules}}{{#total}}\(row){{/total}}{{/coverage.modules}}</tbody>
    <tfoot>{{#coverage.total}}\(row){{/coverage.total}}</tfoot>
    </table>
    </div>
    <h3>File by file, and the lines that were never reached</h3>
    {{#coverage.modules}}
    <details class="module"{{#isOpen}} open{{/isOpen}}><summary>{{total.path.file}}
    <span class="quiet">{{total.lines.percent}} of {{total.lines.fraction}} lines</span></summary>
    <div class="box" tabindex="0" role="region" aria-label="{{total.path.file}}">
    <table>
    <thead>\(head("File"))</thead>
    <tbody>{{#files}}\(row){{/files}}</tbody>
    </table>
    </div>
    {{^gaps}}<p>Every line was reached.</p>{{/gaps}}
    {{#gaps}}
    <details class="gap"><summary><code>{{path.folder}}<wbr>{{path.file}}</code>
    <span class="quiet">{{count}}</span></summary>
    <p>{{ranges}}</p></details>
    {{/gaps}}
    </details>
    {{/coverage.modules}}
    {{/coverage.isMeasured}}
    </section>
    """

  /// The head of a table whose rows are of `what`.
  private static func head(_ what: String) -> String {
    """
    <tr><th scope="col">\(what)</th><th scope="col" colspan="3">Lines</th>
    <th scope="col" colspan="2">Regions</th><th scope="col" colspan="2">Functions</th></tr>
    """
  }

  private static let row = """
    <tr><th scope="row" class="path">{{path.folder}}<wbr>{{path.file}}</th>
    <td class="bar" aria-hidden="true"><b><i style="width:{{lines.length}}%"></i></b></td>
    <td>{{lines.percent}}</td><td class="quiet">{{lines.fraction}}</td>
    <td>{{regions.percent}}</td><td class="quiet">{{regions.fraction}}</td>
    <td>{{functions.percent}}</td><td class="quiet">{{functions.fraction}}</td></tr>
    """
}
