import { fontSize } from './measures.js';

/** Each domain's hue, in degrees: around the circle, so that neighbours in a diagram differ. */
const hues: Readonly<Record<string, number>> = {
  identity: 215,
  billing: 150,
  organizations: 275,
  venues: 28,
  songs: 330,
  requests: 185,
  branding: 48,
  audit: 0,
};

export function domainClass(domain: string): string {
  return `of-${domain}`;
}

interface Palette {
  readonly page: string;
  readonly body: string;
  readonly border: string;
  readonly text: string;
  readonly dim: string;
  readonly line: string;
  readonly key: string;
  /** Saturation and lightness of a domain's colour. */
  readonly header: string;
}

const light: Palette = {
  page: '#ffffff',
  body: '#fbfcfe',
  border: '#b6bfcc',
  text: '#1d2530',
  dim: '#5b6675',
  line: '#6b7684',
  key: '#9a4b00',
  header: '70%, 88%',
};

const dark: Palette = {
  page: '#0d1117',
  body: '#151b23',
  border: '#3d4654',
  text: '#e3e9f1',
  dim: '#97a3b3',
  line: '#8d99a9',
  key: '#f0b072',
  header: '38%, 27%',
};

/** Without custom properties, which converters to other formats do not know. */
function colours(palette: Palette): string {
  return [
    `.page{fill:${palette.page}}`,
    `.body{fill:${palette.body};stroke:${palette.border}}`,
    `text{fill:${palette.text}}`,
    `.type,.domain,.note{fill:${palette.dim}}`,
    `.null{fill:${palette.dim}}`,
    `.key{fill:${palette.key}}`,
    `.line{stroke:${palette.line}}`,
    `.junction{fill:${palette.line}}`,
    `.ring{fill:${palette.page}}`,
    `.header{stroke:${palette.border};fill:${palette.body}}`,
    ...Object.entries(hues).map(
      ([domain, hue]) => `.${domainClass(domain)} .header{fill:hsl(${hue}, ${palette.header})}`,
    ),
  ].join('');
}

export const styleSheet = [
  `text{font:${fontSize}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;white-space:pre}`,
  '.title{font-weight:700}',
  '.domain{text-anchor:end;font-size:11px}',
  '.null{font-style:italic}',
  '.line{fill:none;stroke-width:1.3}',
  '.junction{stroke:none}',
  colours(light),
  `@media (prefers-color-scheme:dark){${colours(dark)}}`,
].join('\n');
