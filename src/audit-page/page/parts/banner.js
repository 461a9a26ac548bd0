import { byId, element } from '../dom.js';

/** Says for whom the viewer acts: what they do here is done on that person's behalf. */
export function showBanner({ name, onBehalfOf }, mayUndo) {
  const banner = byId('banner');
  banner.hidden = !onBehalfOf;
  banner.replaceChildren(
    element(
      'p',
      {},
      element('strong', {}, `${name ? `${name} acts` : 'You act'} for ${onBehalfOf}.`),
      mayUndo && ' What is put back here is recorded so.',
    ),
  );
}

/** The viewer's name, and links such as that to sign out. */
export function showViewer({ name }, links) {
  byId('viewer').replaceChildren(
    ...[
      name && element('span', { class: 'viewer-name' }, name),
      ...links.map(({ label, href }) => element('a', { href }, label)),
    ].filter(Boolean),
  );
}
