import { fetchSession } from './api.js';
import { keepSession, mayUndo } from './catalogue.js';
import { byId, element } from './dom.js';
import { showBanner, showViewer } from './parts/banner.js';
import { failure, tell } from './parts/notice.js';
import { UndoDialog } from './parts/undo-dialog.js';
import { address, readAddress } from './router.js';
import { activityView } from './views/activity.js';
import { findView } from './views/find.js';
import { groupView } from './views/group.js';
import { recordView } from './views/record.js';

const views = { find: findView, record: recordView, activity: activityView, group: groupView };

/** The view that is being loaded, which another navigation stops. */
let loading = new AbortController();

const dialog = new UndoDialog({
  onDone: (message) => void afterUndo(message),
  onFailure: fail,
});

/** Prepares the task of the dialog, which may ask the server, and opens the dialog. */
const undo = {
  show: async (prepare) => {
    try {
      dialog.show(await prepare());
    } catch (error) {
      fail(error);
    }
  },
};

async function start() {
  // A page at `/audit` has its files and links below `/audit/`; with this address, links stay on the page.
  history.replaceState(null, '', new URL(location.search + location.hash, document.baseURI));
  document.querySelector('.skip-link').addEventListener('click', (event) => {
    // The fragment of the address names the view.
    event.preventDefault();
    byId('main').focus();
  });
  try {
    const session = await fetchSession();
    keepSession(session);
    showViewer(session.viewer, session.links);
    showBanner(session.viewer, session.can.undo);
  } catch (error) {
    fail(error);
    return;
  }
  window.addEventListener('hashchange', () => void navigate());
  await show();
}

/** Another view: it is shown from its top, and its heading gets the focus. */
async function navigate() {
  tell('');
  dialog.dialog.close();
  const heading = await show();
  if (heading === undefined) return;
  window.scrollTo(0, 0);
  heading.focus();
}

/** Shows the view anew, and the entry that the undo left. */
async function afterUndo(message) {
  const heading = await show();
  tell(message);
  (document.querySelector('#view .entry summary') ?? heading)?.focus();
}

/**
 * Loads and shows the view of the address. The one before stays until then. Returns the heading, unless the view
 * took the focus itself.
 */
async function show() {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  const place = byId('view');
  const { view, path, params } = readAddress(location.hash);
  place.setAttribute('aria-busy', 'true');
  try {
    const load = views[view] ?? findView;
    const shown = await load({ path, params, signal, undo, onFailure: fail });
    if (signal.aborted) return undefined;
    place.replaceChildren(...shown.nodes.filter(Boolean));
    place.dataset.view = view;
    document.title = `${shown.title} – Audit trail`;
    showViews(view);
    place.setAttribute('aria-busy', 'false');
    // The record view moves to the entry that its address names.
    return shown.shown?.() ? undefined : shown.heading;
  } catch (error) {
    if (error.name !== 'AbortError') fail(error);
    return undefined;
  }
}

function showViews(current) {
  const links = [
    ['find', 'Find'],
    ['activity', 'Activity'],
    mayUndo() && ['group', 'Put a group back'],
  ];
  byId('views').replaceChildren(
    ...links
      .filter(Boolean)
      .map(([view, text]) =>
        element(
          'a',
          { href: address(view), 'aria-current': view === current ? 'page' : null },
          text,
        ),
      ),
  );
}

/** Says what went wrong. Whoever is not signed in is led to where they sign in, and back. */
function fail(error) {
  if (error.name === 'AbortError') return;
  const signIn = document.querySelector('meta[name="sign-in"]').content;
  if (error.status === 401 && signIn !== '') {
    const here = location.pathname + location.search + location.hash;
    const url = new URL(signIn, location.href);
    url.searchParams.set('return', here);
    location.assign(url);
    return;
  }
  const place = byId('view');
  place.setAttribute('aria-busy', 'false');
  if (error.status === undefined) console.error(error);
  place.replaceChildren(failure(error.status === 401 ? notSignedIn : error));
}

const notSignedIn = {
  status: 401,
  message: 'You are not signed in. Sign in to the application, and open this page again.',
};

void start();
