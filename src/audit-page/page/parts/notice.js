import { byId, element } from '../dom.js';

/** Shows a message above the view, which screen readers read out. No text removes it. */
export function tell(text, kind = 'good') {
  byId('notice').replaceChildren(
    ...(text ? [element('p', { class: `notice ${kind}` }, text)] : []),
  );
}

/** What went wrong and what to do about it, for the place where something was to be shown. */
export function failure(error) {
  const hint =
    {
      0: '',
      403: 'Ask whoever looks after this application for access.',
      404: 'Check the link, or find the record by its name.',
      429: 'Wait a moment, and try again.',
      503: 'Wait a moment, and try again.',
    }[error.status] ??
    (error.status >= 500 ? 'Try again. If it stays, tell those who run it.' : '');
  return element(
    'div',
    { class: 'notice bad', role: 'alert' },
    element('p', {}, error.message),
    hint && element('p', {}, hint),
  );
}
