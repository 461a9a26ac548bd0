import { call } from './api.js';
import { byId, tell } from './dom.js';
import { timeText } from './format.js';

/** Lets an administrator act for a customer, and shows a banner meanwhile. */
export class Impersonation {
  /** `onChange` is called when the session has other permissions. */
  constructor({ onChange, onFailure }) {
    const change = (request) => async (event) => {
      event.preventDefault();
      try {
        await request(event.target);
        await onChange();
      } catch (error) {
        if (error.status === 400) tell(byId('impersonate-error'), error.message, 'bad');
        else onFailure(error);
      }
    };
    byId('impersonate-form').addEventListener(
      'submit',
      change(async (form) => {
        const { email, reason } = Object.fromEntries(new FormData(form));
        await call('POST', '/impersonation', { body: { email, reason } });
        form.reset();
      }),
    );
    byId('impersonation-end').addEventListener(
      'click',
      change(() => call('DELETE', '/impersonation')),
    );
  }

  /** Shows the banner, or the form to those who may act for customers. */
  show({ name, email, impersonation, permissions }) {
    byId('impersonation').hidden = !impersonation;
    byId('impersonate').hidden = !permissions.includes('customers:update');
    tell(byId('impersonate-error'));
    if (!impersonation) return;
    const { by, reason, endsAt } = impersonation;
    byId('impersonation-text').textContent =
      `${by} acts for ${name ?? email} until ${timeText(endsAt)}. Reason: ${reason}`;
  }
}
