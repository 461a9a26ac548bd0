import { restoreGroup } from '../api.js';
import { allTables, mayUndo, tableOf } from '../catalogue.js';
import { button, element, labelled } from '../dom.js';
import { tell } from '../parts/notice.js';
import { refusalView } from '../parts/refusal.js';
import { choice, forceChoice, isChosen, redactedChoice } from '../parts/choice.js';
import { groupPlan, groupSummary, rowsOf } from '../parts/group-plan.js';
import { capital, counted } from '../words/names.js';
import { fromLocalField, minutesFrom, timeText, toLocalField } from '../words/times.js';

/** Puts all records of some tables back to a time, after showing how many that are. */
export async function groupView({ onFailure }) {
  const heading = element('h1', { tabindex: -1 }, 'Put a group back to a time');
  const nodes = mayUndo()
    ? new GroupForm(onFailure).nodes()
    : [element('p', { class: 'notice' }, 'Only those who may undo changes can do this.')];
  return { title: 'Put a group back', heading, nodes: [heading, ...nodes] };
}

class GroupForm {
  constructor(onFailure) {
    this.onFailure = onFailure;
    this.moment = element('input', {
      type: 'datetime-local',
      step: 1,
      name: 'moment',
      required: true,
    });
    this.column = element('select', { name: 'column' });
    this.value = element('input', { name: 'value', autocomplete: 'off' });
    this.reason = element('input', { name: 'reason', maxlength: 500, autocomplete: 'off' });
    this.force = forceChoice();
    this.redacted = redactedChoice();
    this.force.hidden = this.redacted.hidden = true;
    this.result = element('div', { class: 'group-result', role: 'status', 'aria-live': 'polite' });
    this.form = this.makeForm();
    this.form.addEventListener('change', ({ target }) => this.changed(target));
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.dryRun();
    });
    this.offerColumns();
  }

  nodes() {
    return [
      element(
        'p',
        { class: 'intro' },
        'For a mistake that touched many records. First it shows what would happen; nothing is changed until you confirm.',
      ),
      this.form,
    ];
  }

  makeForm() {
    return element(
      'form',
      { class: 'group-form panel' },
      element(
        'fieldset',
        {},
        element('legend', {}, 'Tables'),
        element('div', { class: 'table-choices' }, allTables().map(tableChoice)),
      ),
      element(
        'div',
        { class: 'filter-fields' },
        labelled('Only where', this.column),
        labelled('is', this.value),
        labelled('Back to', this.moment),
      ),
      element(
        'p',
        { class: 'ranges' },
        [5, 15, 60].map((minutes) =>
          button(
            { class: 'link', onclick: () => this.setMoment(minutes) },
            minutes === 60 ? '1 hour ago' : `${minutes} minutes ago`,
          ),
        ),
      ),
      labelled('Reason (optional; kept in the trail)', this.reason),
      this.force,
      this.redacted,
      element(
        'div',
        { class: 'buttons' },
        element('button', { type: 'submit', class: 'primary' }, 'Show what would happen'),
      ),
      this.result,
    );
  }

  setMoment(minutes) {
    this.moment.value = toLocalField(minutesFrom(new Date().toISOString(), -minutes));
    this.moment.focus();
    this.clear();
  }

  /** A plan is only good for what was chosen when it was made. */
  changed(target) {
    if (target.name === 'table') this.offerColumns();
    if (target.name !== 'reason') this.clear();
  }

  clear() {
    this.question = undefined;
    this.result.replaceChildren();
  }

  get tables() {
    return new FormData(this.form).getAll('table');
  }

  /** The columns that all chosen tables have. */
  offerColumns() {
    const chosen = this.column.value;
    const [first, ...others] = this.tables.map(tableOf);
    const shared = (first?.columns ?? []).filter(({ column }) =>
      others.every(({ columns }) => columns.some((other) => other.column === column)),
    );
    this.column.replaceChildren(
      element('option', { value: '' }, 'All records'),
      ...shared.map(({ column, label }) =>
        element('option', { value: column, selected: column === chosen }, label),
      ),
    );
  }

  body(dryRun) {
    const where = this.column.value === '' ? undefined : { [this.column.value]: this.value.value };
    const reason = this.reason.value.trim();
    return {
      tables: this.tables,
      ...(where && { where }),
      moment: fromLocalField(this.moment.value),
      dryRun,
      force: isChosen(this.force),
      redacted: isChosen(this.redacted) ? 'placeholder' : 'refuse',
      ...(reason === '' ? {} : { reason }),
    };
  }

  async dryRun() {
    if (this.tables.length === 0) {
      this.result.replaceChildren(
        element('p', { class: 'notice bad' }, 'Choose at least one table.'),
      );
      this.form.querySelector('[name="table"]')?.focus();
      return;
    }
    await this.attempt(true, (plan, body) => {
      const confirm = button(
        { class: 'primary', onclick: () => void this.run() },
        capital(groupSummary(plan)),
      );
      confirm.classList.toggle(
        'danger',
        plan.tables.some(({ deleted }) => deleted > 0),
      );
      this.result.replaceChildren(
        element('h2', {}, `Back to ${timeText(body.moment)}`),
        groupPlan(plan),
        ...(rowsOf(plan) === 0
          ? []
          : [
              element(
                'div',
                { class: 'buttons' },
                confirm,
                button({ onclick: () => this.clear() }, 'Cancel'),
              ),
            ]),
      );
    });
  }

  run() {
    return this.attempt(false, (plan) => {
      this.clear();
      tell(`Done: ${counted(rowsOf(plan), 'record is', 'records are')} as they were.`);
      document.getElementById('notice').scrollIntoView({ block: 'nearest' });
    });
  }

  async attempt(dryRun, onSuccess) {
    const question = (this.question = Symbol('question'));
    const body = this.body(dryRun);
    this.result.setAttribute('aria-busy', 'true');
    tell('');
    try {
      const plan = await restoreGroup(body);
      if (question === this.question) onSuccess(plan, body);
      this.result.scrollIntoView({ block: 'nearest' });
    } catch (error) {
      if (question === this.question) this.refuse(error);
    } finally {
      this.result.setAttribute('aria-busy', 'false');
    }
  }

  refuse(error) {
    if (error.status === undefined || error.status === 401) return this.onFailure(error);
    this.result.replaceChildren(refusalView(error));
    if (error.body.conflicts?.length > 0) this.force.hidden = false;
    if (/REDACTED/.test(error.body.code)) this.redacted.hidden = false;
  }
}

const tableChoice = ({ table, plural, icon }) =>
  choice(
    { name: 'table', value: table },
    icon && element('span', { 'aria-hidden': 'true' }, `${icon} `),
    plural,
  );
