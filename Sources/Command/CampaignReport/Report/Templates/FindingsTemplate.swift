/// The template of the findings: new ones unfolded, known ones folded.
enum FindingsTemplate {
  /// The section.
  static let text = """
    <section aria-labelledby="findings">
    <h2 id="findings">Findings</h2>
    {{^findings.new}}<p>{{findings.noneNew}}</p>{{/findings.new}}
    {{#findings.new}}
    <article class="finding">
    <h3><span class="tag bad">new</span> {{failure}}</h3>
    {{>finding}}
    </article>
    {{/findings.new}}
    {{#findings.known}}
    <details class="finding">
    <summary><h3><span class="tag open">known</span> {{failure}}</h3>
    <span class="quiet">{{often}}</span></summary>
    {{>finding}}
    </details>
    {{/findings.known}}
    </section>
    """

  /// The details of one finding.
  static let finding = """
    <p class="quiet"><b>{{name}}</b>: {{reproduction}}; {{often}}</p>
    <p class="label">To replay it</p>
    <pre class="command" tabindex="0"><code>{{replay}}</code></pre>
    <p class="label">{{caption}}</p>
    <pre tabindex="0">{{picture}}</pre>
    {{#.scenario}}
    <details><summary>The scenario as text</summary>
    <pre tabindex="0">{{.}}</pre>
    </details>
    {{/.scenario}}
    """
}
