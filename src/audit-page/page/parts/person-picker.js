import { fetchPeople } from '../api.js';
import { element, uniqueId } from '../dom.js';
import { personKey, personText } from '../words/people.js';

/**
 * A field that finds a person by name or e-mail: a combobox, whose list the arrow keys move through. `value`
 * is the chosen person's id, the name of a program, or the text as it was typed.
 */
export class PersonPicker {
  constructor({ key = '', onFailure }) {
    this.onFailure = onFailure;
    this.key = key;
    this.options = [];
    this.active = -1;
    const listId = uniqueId('people');
    this.list = element('ul', {
      id: listId,
      class: 'options',
      role: 'listbox',
      'aria-label': 'People',
      hidden: true,
    });
    this.input = element('input', {
      role: 'combobox',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: 'Name or e-mail',
      'aria-autocomplete': 'list',
      'aria-expanded': 'false',
      'aria-controls': listId,
      oninput: () => this.search(),
      onkeydown: (event) => this.press(event),
      onblur: () => this.close(),
    });
    this.input.value = key;
    this.place = element('div', { class: 'picker' }, this.input, this.list);
  }

  /** Shows the name of a person that the address has by its id. */
  name(person) {
    if (this.input.value === this.key) this.input.value = personText(person);
    this.chosen = this.input.value;
  }

  get value() {
    const text = this.input.value.trim();
    return text !== '' && text === this.chosen ? this.key : text;
  }

  search() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.fetch().catch(this.onFailure), 150);
  }

  /** Only the answer to the last text is shown. */
  async fetch() {
    this.pending?.abort();
    const text = this.input.value.trim();
    if (text === '') return this.close();
    this.pending = new AbortController();
    try {
      const { people } = await fetchPeople(text, this.pending.signal);
      if (document.activeElement === this.input) this.offer(people);
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
    }
  }

  offer(people) {
    this.options = people;
    this.list.replaceChildren(
      ...people.map((person, index) =>
        element(
          'li',
          {
            id: `${this.list.id}-${index}`,
            role: 'option',
            'aria-selected': 'false',
            // A click would take the focus first, which closes the list.
            onmousedown: (event) => event.preventDefault(),
            onclick: () => this.choose(index),
          },
          element('span', {}, personText(person)),
          person.email && person.email !== personText(person)
            ? element('span', { class: 'faint' }, person.email)
            : null,
        ),
      ),
    );
    this.list.hidden = people.length === 0;
    this.input.setAttribute('aria-expanded', String(people.length > 0));
    this.activate(-1);
  }

  press(event) {
    const isOpen = !this.list.hidden;
    if (event.key === 'Escape' && isOpen) this.close();
    else if (event.key === 'ArrowDown' && !isOpen) this.fetch().catch(this.onFailure);
    else if (event.key === 'ArrowDown')
      this.activate(Math.min(this.active + 1, this.options.length - 1));
    else if (event.key === 'ArrowUp' && isOpen) this.activate(Math.max(this.active - 1, 0));
    else if (event.key === 'Enter' && isOpen && this.active >= 0) this.choose(this.active);
    else return;
    event.preventDefault();
  }

  activate(index) {
    this.active = index;
    for (const [at, option] of [...this.list.children].entries()) {
      option.setAttribute('aria-selected', String(at === index));
      if (at === index) option.scrollIntoView({ block: 'nearest' });
    }
    if (index < 0) this.input.removeAttribute('aria-activedescendant');
    else this.input.setAttribute('aria-activedescendant', `${this.list.id}-${index}`);
  }

  choose(index) {
    const person = this.options[index];
    this.key = personKey(person);
    this.input.value = this.chosen = personText(person);
    this.close();
  }

  close() {
    clearTimeout(this.waiting);
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }
}
