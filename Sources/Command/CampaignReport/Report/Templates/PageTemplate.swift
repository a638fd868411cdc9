/// The template of the page: its sections in order.
enum PageTemplate {
  /// The whole page.
  static let text = """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{{title}}</title>
    <style>
    {{>style}}
    {{>shapes}}
    </style>
    </head>
    <body>
    <main>
    <header class="{{verdict.tone}}">
    <p class="over">revfuzz, run {{verdict.run}}</p>
    <h1>{{verdict.word}}{{#verdict.library}}<span class="library"> on {{.}}</span>\
    {{/verdict.library}}</h1>
    <p class="why">{{verdict.why}}{{#verdict.leftOut}} <b>{{.}}</b>{{/verdict.leftOut}}</p>
    </header>
    <dl class="facts">
    {{#verdict.facts}}
    <div><dt>{{name}}</dt><dd>{{value}}</dd></div>
    {{/verdict.facts}}
    </dl>

    {{>findings}}

    <section aria-labelledby="warnings">
    <h2 id="warnings">Warnings</h2>
    {{^warnings}}<p>There were no warnings.</p>{{/warnings}}
    {{#warnings}}
    <p class="entry"><b>{{sentence}}</b>
    <span class="quiet">first at {{time}}, {{often}}</span></p>
    {{/warnings}}
    </section>

    {{>targets}}

    {{>coverage}}

    <section aria-labelledby="doctor">
    <h2 id="doctor">Self-checks</h2>
    {{^doctor}}<p>No self-check was run, so it is unknown whether failures would have been detected.
    </p>{{/doctor}}
    <ul class="plain">
    {{#doctor}}
    <li><span class="tag {{tone}}">{{answer}}</span> <span>{{sentence}}</span></li>
    {{/doctor}}
    </ul>
    </section>

    <section aria-labelledby="making">
    <h2 id="making">Build and settings</h2>
    <dl class="making">
    {{#making}}
    <dt>{{name}}</dt><dd>{{value}}</dd>
    {{/making}}
    </dl>
    </section>
    </main>
    </body>
    </html>

    """
}
