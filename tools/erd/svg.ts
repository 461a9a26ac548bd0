/** The few elements of SVG that a diagram is made of. */

export function text(className: string, x: number, y: number, content: string): string {
  if (content === '') return '';
  return `<text class="${className}" x="${x}" y="${y}">${escapeXml(content)}</text>`;
}

export function path(route: string, className?: string): string {
  return `<path${className === undefined ? '' : ` class="${className}"`} d="${route}"/>`;
}

export function circle(x: number, y: number, radius: number, className: string): string {
  return `<circle class="${className}" cx="${x}" cy="${y}" r="${radius}"/>`;
}

export function group(className: string, elements: readonly string[]): string {
  return `<g class="${className}">${elements.join('')}</g>`;
}

export function escapeXml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
