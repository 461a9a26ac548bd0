import { restore, undo } from '../api.js';
import { columnOf } from '../catalogue.js';
import { button, element, labelled, uniqueId } from '../dom.js';
import { confirmText, deletesSomething, doneText, realSteps } from '../words/plan.js';
import { choice, forceChoice, isChosen, redactedChoice } from './choice.js';
import { planView } from './plan.js';
import { refusalView } from './refusal.js';

const calls = { undo, restore };

/**
 * Shows what an undo would do, from a dry run, and does it when the user confirms. A task has a `title`, an
 * `intro`, the `call` of the API, `scopes` (what can be undone: a `label` and the `body` of the call), and the
 * `columns` of `table` that can be put back singly; `chosen` are those chosen at first.
 */
export class UndoDialog {
  /** `onDone` is called with a message; `onFailure` with errors that are no refusals. */
  constructor({ onDone, onFailure }) {
    this.onDone = onDone;
    this.onFailure = onFailure;
    const headingId = uniqueId('undo');
    this.heading = element('h2', { id: headingId, tabindex: -1 });
    this.intro = element('p');
    this.scopes = element('fieldset', { class: 'choices' });
    this.columns = element('fieldset', { class: 'choices columns' });
    this.preview = element('div', { class: 'preview-area', role: 'status', 'aria-live': 'polite' });
    this.force = forceChoice();
    this.redacted = redactedChoice();
    this.reason = element('input', { name: 'reason', maxlength: 500, autocomplete: 'off' });
    this.confirm = element('button', { type: 'submit', class: 'primary', disabled: true });
    this.form = element(
      'form',
      { method: 'dialog' },
      this.heading,
      this.intro,
      this.scopes,
      this.columns,
      this.preview,
      this.force,
      this.redacted,
      labelled('Reason (optional; kept in the trail)', this.reason),
      element(
        'div',
        { class: 'buttons end' },
        button({ onclick: () => this.dialog.close() }, 'Cancel'),
        this.confirm,
      ),
    );
    this.form.addEventListener('change', ({ target }) => this.changed(target));
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.run();
    });
    this.dialog = element('dialog', { 'aria-labelledby': headingId }, this.form);
    document.body.append(this.dialog);
  }

  show(task) {
    this.task = task;
    this.form.reset();
    this.heading.textContent = task.title;
    this.intro.replaceChildren(...[task.intro].flat().filter(Boolean));
    this.scopes.replaceChildren(element('legend', {}, 'What to undo'), ...task.scopes.map(radio));
    this.scopes.hidden = task.scopes.length < 2;
    this.offerColumns(task);
    this.force.hidden = true;
    this.redacted.hidden = true;
    this.confirm.textContent = 'Undo';
    this.preview.replaceChildren(
      element('p', { class: 'faint' }, 'Working out what would happen…'),
    );
    if (!this.dialog.open) this.dialog.showModal();
    this.heading.focus();
    this.plan();
  }

  offerColumns({ table, columns = [], chosen }) {
    const boxes = columns.map((column) =>
      choice(
        { name: 'column', value: column, checked: chosen === undefined || chosen.includes(column) },
        columnOf(table, column).label,
      ),
    );
    this.columns.replaceChildren(element('legend', {}, 'Fields to put back'), ...boxes);
    this.hideColumns();
  }

  get scope() {
    return this.task.scopes[Number(new FormData(this.form).get('scope') ?? 0)];
  }

  /** Columns are chosen for one record only. */
  hideColumns() {
    this.columns.hidden = (this.task.columns ?? []).length < 2 || Boolean(this.scope.isWhole);
  }

  /** The chosen columns; undefined for all of them. */
  chosenColumns() {
    if (this.columns.hidden) return this.task.chosen;
    const chosen = new FormData(this.form).getAll('column');
    return chosen.length === this.task.columns.length ? undefined : chosen;
  }

  changed(target) {
    // The reason changes nothing of the plan.
    if (target.name === 'reason') return;
    if (target.name === 'scope') this.hideColumns();
    this.plan();
  }

  async plan() {
    if (this.chosenColumns()?.length === 0) {
      this.question = undefined;
      this.confirm.disabled = true;
      this.confirm.textContent = 'Put back';
      this.preview.replaceChildren(element('p', {}, 'Choose at least one field.'));
      return;
    }
    await this.attempt(true, (plan) => {
      this.planned = plan;
      this.preview.replaceChildren(planView(plan));
      this.confirm.textContent = confirmText(plan);
      this.confirm.classList.toggle('danger', deletesSomething(plan));
      this.confirm.disabled = realSteps(plan).length === 0;
    });
  }

  run() {
    return this.attempt(false, () => {
      this.dialog.close();
      // A record that is deleted has no label any more; the plan has it.
      this.onDone(doneText(this.planned));
    });
  }

  /** Calls the API with what is chosen, and ignores answers to earlier questions. */
  async attempt(dryRun, onSuccess) {
    const question = (this.question = Symbol('question'));
    const isLast = () => question === this.question && this.dialog.open;
    const reason = this.reason.value.trim();
    this.confirm.disabled = true;
    this.preview.setAttribute('aria-busy', 'true');
    try {
      const plan = await calls[this.task.call]({
        ...this.scope.body,
        columns: this.chosenColumns(),
        dryRun,
        force: isChosen(this.force),
        redacted: isChosen(this.redacted) ? 'placeholder' : 'refuse',
        ...(reason === '' ? {} : { reason }),
      });
      if (isLast()) onSuccess(plan);
    } catch (error) {
      if (isLast()) this.refuse(error);
    } finally {
      if (question === this.question) this.preview.setAttribute('aria-busy', 'false');
    }
  }

  refuse(error) {
    if (error.status === undefined || error.status === 401) {
      this.dialog.close();
      this.onFailure(error);
      return;
    }
    this.preview.replaceChildren(refusalView(error));
    this.confirm.textContent = 'Undo';
    if (error.body.conflicts?.length > 0) this.force.hidden = false;
    if (/REDACTED/.test(error.body.code)) this.redacted.hidden = false;
  }
}

const radio = ({ label }, index) =>
  choice({ type: 'radio', name: 'scope', value: index, checked: index === 0 }, label);
