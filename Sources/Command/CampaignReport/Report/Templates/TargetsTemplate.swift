/// The template of the targets: tables and charts.
enum TargetsTemplate {
  /// The section.
  static let text = """
    <section aria-labelledby="targets">
    <h2 id="targets">Targets</h2>
    {{^targets.rows}}<p>No target was run.</p>{{/targets.rows}}
    {{^empty(targets.rows)}}
    <div class="box" tabindex="0" role="region" aria-labelledby="targets">
    <table>
    <thead><tr>
    <th scope="col">Target</th><th scope="col">Executions</th><th scope="col">Executions/s</th>
    <th scope="col">Operations/s</th><th scope="col">Edges</th><th scope="col">Features</th>
    <th scope="col">Corpus</th><th scope="col">Transitions</th>
    </tr></thead>
    <tbody>
    {{#targets.rows}}
    <tr><th scope="row">{{target}}</th><td>{{executions}}</td><td>{{executionRate}}</td>
    <td>{{operationRate}}</td><td>{{edges}}</td><td>{{features}}</td><td>{{corpus}}</td>
    <td>{{transitions}}</td></tr>
    {{/targets.rows}}
    </tbody>
    </table>
    </div>
    <p class="quiet">Rates are per second of process time. The corpus is counted in inputs, before
    the run and after minimisation.</p>
    {{/empty(targets.rows)}}

    {{#targets.noCharts}}<p>{{targets.noCharts}}</p>{{/targets.noCharts}}
    {{^empty(targets.charts)}}
    {{>legend}}
    {{/empty(targets.charts)}}
    {{#targets.charts}}
    <h3>{{heading}}</h3>
    <p class="quiet">{{remark}}</p>
    <div class="charts">
    {{#panels}}
    {{>chart}}
    {{/panels}}
    </div>
    {{/targets.charts}}

    {{^empty(targets.chances)}}
    <h3>Discovery probability</h3>
    <p>The probability that the next execution shows a transition that was never seen before:</p>
    <dl class="chances">
    {{#targets.chances}}
    <dt>{{name}}</dt><dd>{{value}}</dd>
    {{/targets.chances}}
    </dl>
    <p class="quiet">This estimates how soon these targets, run in this way, show one more
    transition. It does not estimate how many bugs remain: a bug may need no new transition, and may
    hide in one that was seen a thousand times.</p>
    {{/empty(targets.chances)}}

    {{^empty(targets.jobs)}}
    <h3 id="jobs">Jobs</h3>
    <div class="box" tabindex="0" role="region" aria-labelledby="jobs">
    <table>
    <thead><tr>
    <th scope="col">Target</th><th scope="col" class="words">Job</th><th scope="col">Processes</th>
    <th scope="col">Process time</th><th scope="col">Executions</th>
    <th scope="col">Executions/s</th>
    </tr></thead>
    {{#targets.jobs}}
    <tbody class="group">
    <tr><th scope="rowgroup" rowspan="{{height}}">{{target}}</th>
    {{#jobs}}
    {{^first()}}<tr>{{/first()}}<td class="words">{{job}}</td><td>{{processes}}</td>
    <td>{{time}}</td><td>{{executions}}</td><td>{{rate}}</td></tr>
    {{/jobs}}
    </tbody>
    {{/targets.jobs}}
    </table>
    </div>
    {{/empty(targets.jobs)}}
    </section>
    """

  /// The legend of the charts. This run and earlier ones differ by more than their colour.
  static let legend = """
    <p class="legend"><svg width="30" height="10" aria-hidden="true"><path class="now"
    d="M1 5L24 5"/><circle class="dot" cx="25" cy="5" r="3"/></svg> this run, with its last
    value{{#targets.runsBefore}}<br>
    <svg width="30" height="10" aria-hidden="true"><path class="before" d="M1 5L25 5"/></svg>
    {{.}}, up to the length of this one{{/targets.runsBefore}}{{^targets.runsBefore}};
    there is no previous run to compare with{{/targets.runsBefore}}</p>
    """
}
