import { restore, undoEntry, undoTransaction } from './api.js';
import { byId, element } from './dom.js';
import { isRowChange } from './entries.js';
import { actorText, timeText } from './format.js';
import { deed } from './timeline.js';
import { planView, refusalView } from './undo-plan.js';

/** Shows the plan of an undo from a dry run, and runs it when the user confirms. */
export class UndoDialog {
  /** `onDone` is called with the restored record; `onEnded` when the session has ended. */
  constructor({ onDone, onEnded }) {
    this.onDone = onDone;
    this.onEnded = onEnded;
    this.dialog = byId('undo-dialog');
    this.form = byId('undo-form');
    this.form.addEventListener('change', ({ target }) => {
      // The reason changes nothing of the plan.
      if (target.name !== 'reason') this.preview();
    });
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.confirm();
    });
    byId('undo-cancel').addEventListener('click', () => this.dialog.close());
  }

  /** Undoes one entry, or its whole transaction. */
  ofEntry(record, entry) {
    this.show({
      record,
      entry,
      title: 'Undo this change?',
      intro: `${actorText(entry.actor)} ${deed(entry)}, ${timeText(entry.at)}.`,
      button: 'Undo this change',
      done: 'The change is undone.',
      target: () => this.firstWriteOf(record, entry).oldData,
      run: (options) =>
        this.scope === 'entry'
          ? undoEntry(entry.sequence, options)
          : undoTransaction(entry.transactionId, { ...options, at: entry.at }),
    });
  }

  /** Restores a record to its state right after an entry. */
  ofTime(record, moment) {
    const { table, id } = record;
    this.show({
      record,
      title: 'Put the record back?',
      intro: `To what it was on ${timeText(moment.at)}. Whatever changed since is overwritten.`,
      button: 'Put it back',
      done: 'The record is put back.',
      target: () => moment.newData,
      run: (options) => restore(table, id, moment.at, options),
    });
  }

  get scope() {
    return this.form.elements.scope.value;
  }

  /** A transaction may have written to the record more than once. */
  firstWriteOf({ entries }, entry) {
    if (this.scope === 'entry') return entry;
    return entries.findLast(
      ({ transactionId, at }) => transactionId === entry.transactionId && at === entry.at,
    );
  }

  show(task) {
    this.task = task;
    this.form.reset();
    byId('undo-heading').textContent = task.title;
    byId('undo-intro').textContent = task.intro;
    byId('undo-confirm').textContent = task.button;
    byId('undo-scope').hidden = task.entry === undefined;
    byId('undo-force').hidden = true;
    byId('undo-redacted').hidden = true;
    this.dialog.showModal();
    byId('undo-heading').focus();
    this.preview();
  }

  preview() {
    return this.attempt(true, (plan) => {
      const { record, target } = this.task;
      const now = record.entries.find(isRowChange)?.newData ?? null;
      byId('undo-preview').replaceChildren(
        element('p', { class: 'plan-title' }, 'This would happen:'),
        planView(plan, record, now, target()),
      );
      byId('undo-confirm').disabled = plan.steps.every(({ action }) => action === 'none');
    });
  }

  confirm() {
    return this.attempt(false, () => {
      this.dialog.close();
      this.onDone(this.task.done);
    });
  }

  /** Runs the task with the chosen options, and ignores answers to earlier requests. */
  async attempt(dryRun, onSuccess) {
    const { task } = this;
    const { force, redacted, reason } = this.form.elements;
    const question = (this.question = Symbol('question'));
    byId('undo-confirm').disabled = true;
    byId('undo-preview').setAttribute('aria-busy', 'true');
    try {
      const result = await task.run({
        dryRun,
        ...(reason.value.trim() === '' ? {} : { reason: reason.value }),
        force: force.checked,
        redacted: redacted.checked ? 'placeholder' : 'refuse',
      });
      if (question === this.question) onSuccess(result);
    } catch (error) {
      if (question === this.question) this.refuse(error);
    } finally {
      if (question === this.question) byId('undo-preview').setAttribute('aria-busy', 'false');
    }
  }

  refuse(error) {
    if (error.status === undefined) throw error;
    if (error.status === 401) {
      this.dialog.close();
      this.onEnded();
      return;
    }
    const { record, entry } = this.task;
    byId('undo-preview').replaceChildren(refusalView(error, record, entry));
    if (error.body.code === 'UNDO_CONFLICT') byId('undo-force').hidden = false;
    if (error.body.code === 'UNDO_REDACTED') byId('undo-redacted').hidden = false;
  }
}
