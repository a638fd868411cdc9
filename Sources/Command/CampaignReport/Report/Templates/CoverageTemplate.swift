/// The template of the source coverage.
enum CoverageTemplate {
  /// The section: a table of modules, and below it the files of each module.
  static let text = """
    <section aria-labelledby="coverage">
    <h2 id="coverage">Source coverage</h2>
    {{^coverage.isMeasured}}<p>Not measured in this run.</p>{{/coverage.isMeasured}}
    {{#coverage.isMeasured}}
    <p>The source that the corpora of all targets reach when they are replayed. A replay does not \
    generate, shrink or report anything, so the code for that is hardly reached.</p>
    <div class="box" tabindex="0" role="region" aria-labelledby="coverage">
    <table>
    <thead>\(head("Module"))</thead>
    <tbody>{{#coverage.modules}}{{#total}}\(row){{/total}}{{/coverage.modules}}</tbody>
    <tfoot>{{#coverage.total}}\(row){{/coverage.total}}</tfoot>
    </table>
    </div>
    <h3>Files, with the lines that were never reached</h3>
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

  /// The head of a table. `what` is the heading of its first column.
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
