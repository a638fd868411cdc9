/// The source coverage.
enum CoverageTemplate {
  /// The section.
  static let text = """
    <section aria-labelledby="coverage">
    <h2 id="coverage">Source coverage</h2>
    {{^coverage.isMeasured}}<p>It was not measured this night.</p>{{/coverage.isMeasured}}
    {{#coverage.isMeasured}}
    <p>What the corpus of all targets reaches.</p>
    <div class="box" tabindex="0" role="region" aria-labelledby="coverage">
    <table>
    <thead><tr>
    <th scope="col">File</th><th scope="col" colspan="3">Lines</th>
    <th scope="col" colspan="2">Regions</th><th scope="col" colspan="2">Functions</th>
    </tr></thead>
    <tbody>
    {{#coverage.files}}
    <tr><th scope="row" class="path">{{path.folder}}<wbr>{{path.file}}</th>
    <td class="bar" aria-hidden="true"><b><i style="width:{{lines.length}}%"></i></b></td>
    <td>{{lines.percent}}</td><td class="quiet">{{lines.fraction}}</td>
    <td>{{regions.percent}}</td><td class="quiet">{{regions.fraction}}</td>
    <td>{{functions.percent}}</td><td class="quiet">{{functions.fraction}}</td></tr>
    {{/coverage.files}}
    </tbody>
    <tfoot>
    {{#coverage.total}}
    <tr><th scope="row" class="path">{{path.folder}}<wbr>{{path.file}}</th>
    <td class="bar" aria-hidden="true"><b><i style="width:{{lines.length}}%"></i></b></td>
    <td>{{lines.percent}}</td><td class="quiet">{{lines.fraction}}</td>
    <td>{{regions.percent}}</td><td class="quiet">{{regions.fraction}}</td>
    <td>{{functions.percent}}</td><td class="quiet">{{functions.fraction}}</td></tr>
    {{/coverage.total}}
    </tfoot>
    </table>
    </div>
    <h3>Lines that were never reached</h3>
    {{^coverage.gaps}}<p>There are none.</p>{{/coverage.gaps}}
    {{#coverage.gaps}}
    <details class="gap"><summary><code>{{path.folder}}<wbr>{{path.file}}</code>
    <span class="quiet">{{count}}</span></summary>
    <p>{{ranges}}</p></details>
    {{/coverage.gaps}}
    {{/coverage.isMeasured}}
    </section>
    """
}
