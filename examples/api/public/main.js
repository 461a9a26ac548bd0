import { ApiError, call } from './api.js';
import { byId, tell } from './dom.js';
import { Impersonation } from './impersonation.js';
import { Picker } from './picker.js';
import { RecordView } from './record-view.js';
import { forgetToken, keepToken, readToken } from './session.js';
import { UndoDialog } from './undo-dialog.js';

let picker;
let view;

/** Shows an error. When the session has ended, shows the sign-in form. */
function fail(error) {
  if (error.status === 401) return showSignIn('Your session has ended. Please sign in again.');
  if (!(error instanceof ApiError)) console.error(error);
  tell(byId('result'), error.message, 'bad');
}

function showSignIn(message = '') {
  forgetToken();
  byId('workplace').hidden = true;
  byId('impersonation').hidden = true;
  byId('who').hidden = true;
  byId('sign-in').hidden = false;
  tell(byId('sign-in-error'), message, 'bad');
  byId('email').focus();
}

async function signIn(event) {
  event.preventDefault();
  const { email, password } = Object.fromEntries(new FormData(event.target));
  try {
    const { token } = await call('POST', '/sessions', { body: { email, password } });
    keepToken(token);
    event.target.reset();
    await showWorkplace();
    byId('main').focus();
  } catch (error) {
    showSignIn(error.message);
  }
}

async function signOut() {
  // Even if the request fails, this tab is signed out.
  await call('DELETE', '/sessions/current').catch(() => undefined);
  view.close();
  showSignIn();
}

async function showWorkplace() {
  const user = await call('GET', '/sessions/current');
  byId('who-name').textContent = `${user.name ?? user.email}`;
  byId('who').hidden = false;
  byId('sign-in').hidden = true;
  byId('workplace').hidden = false;
  impersonation.show(user);
  view.undoing = user.permissions.includes('audit:restore') ? undoing : undefined;
  await picker.load();
  // A user who may not see that record is signed in nevertheless.
  await openAddressed().catch(fail);
}

/** The record in the page's address. */
function addressed() {
  const [, table, id] = /^#([^/]+)\/(.+)$/.exec(location.hash) ?? [];
  return table && { table: decodeURIComponent(table), id: decodeURIComponent(id) };
}

async function openAddressed() {
  const record = addressed();
  if (record === undefined) return;
  tell(byId('result'));
  await picker.choose(record.table);
  picker.markCurrent();
  try {
    await view.open(record.table, record.id);
    byId('record-heading').focus();
  } catch (error) {
    view.close();
    throw error;
  }
}

/** Reloads the record after an undo, and shows the new entry. */
async function showUndone(message) {
  await view.reload();
  view.focusNewest();
  tell(byId('result'), message, 'good');
  await picker.loadRecent();
}

const undoing = new UndoDialog({
  onDone: (message) => showUndone(message).catch(fail),
  onEnded: () => showSignIn('Your session has ended. Please sign in again.'),
});
picker = new Picker({ onFailure: fail });
const impersonation = new Impersonation({
  onChange: async () => {
    view.close();
    await showWorkplace();
    byId('main').focus();
  },
  onFailure: fail,
});
view = new RecordView({ undoing: undefined, onFailure: fail });

byId('sign-in-form').addEventListener('submit', signIn);
byId('sign-out').addEventListener('click', signOut);
window.addEventListener('hashchange', () => {
  if (readToken()) openAddressed().catch(fail);
});

if (readToken()) showWorkplace().catch(fail);
else showSignIn();
