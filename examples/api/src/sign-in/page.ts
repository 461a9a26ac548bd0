/** A part of a page that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

/** HTML of a template. Values are escaped, unless they are HTML. */
export function html(strings: TemplateStringsArray, ...values: (string | Html)[]): Html {
  const parts = values.map((value) => (value instanceof Html ? value.text : escaped(value)));
  return new Html(strings.map((text, index) => text + (parts[index] ?? '')).join(''));
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A small page with a title. */
export function page(title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="stylesheet" href="/sign-in/style.css" />
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`.text;
}

/** What went wrong, which screen readers read at once; nothing if nothing did. */
export const problem = (message: string | undefined): Html =>
  message === undefined ? new Html('') : html`<p class="problem" role="alert">${message}</p>`;

export const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 24rem; margin: 10vh auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; }
label { display: block; margin: 1rem 0 0.25rem; font-weight: 600; }
input { box-sizing: border-box; width: 100%; padding: 0.5rem; font: inherit; border: 1px solid GrayText; border-radius: 4px; }
button { margin-top: 1.25rem; padding: 0.5rem 1rem; font: inherit; font-weight: 600; border: 1px solid; border-radius: 4px; cursor: pointer; }
.problem { padding: 0.5rem 0.75rem; border-left: 4px solid #c62828; }
:focus-visible { outline: 3px solid #1e6fd9; outline-offset: 2px; }
`;
