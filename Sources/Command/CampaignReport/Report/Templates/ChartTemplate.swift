/// The template of a small chart.
enum ChartTemplate {
  /// A figure with its caption.
  static let text = """
    <figure class="chart">
    <figcaption><b>{{subject}}</b>{{#.axisNote}} <span>{{.}}</span>{{/.axisNote}}</figcaption>
    {{#.drawing}}
    <svg viewBox="0 0 {{width}} {{height}}" role="img" aria-labelledby="{{id}}-t {{id}}-d">
    <title id="{{id}}-t">{{title}}</title>
    <desc id="{{id}}-d">{{description}}</desc>
    {{#rows}}
    <path class="rule" d="M{{left}} {{y}}L{{right}} {{y}}"/>
    <text class="row" x="{{x}}" y="{{y}}">{{text}}</text>
    {{/rows}}
    {{#columns}}
    <path class="tick" d="M{{x}} {{bottom}}v4"/>
    <text class="column" x="{{x}}" y="{{y}}">{{text}}</text>
    {{/columns}}
    {{#before}}
    <path class="before" d="{{.}}"/>
    {{/before}}
    {{#now}}
    <path class="now" d="{{.}}"/>
    {{/now}}
    {{#end}}
    <circle class="dot" cx="{{x}}" cy="{{y}}" r="3"/>
    <text class="value" x="{{x}}" y="{{y}}">{{text}}</text>
    {{/end}}
    </svg>
    {{/.drawing}}
    {{^.drawing}}<p class="quiet">Not counted in this run.</p>{{/.drawing}}
    </figure>
    """
}
