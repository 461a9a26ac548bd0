import type { AuditEntry } from '../../src/engine/audit/history/audit-entry.js';
import { formatEntries } from '../../src/commands/audit/format-entries.js';
import type { Terminal } from '../../src/commands/terminal/terminal.js';

const entry: AuditEntry = {
  sequence: '8',
  id: '0190a1b2-0000-7000-8000-000000000008',
  table: 'venues',
  recordId: 'v1',
  operation: 'UPDATE',
  at: '2026-11-01T20:15:00.123456Z',
  actor: { name: 'office' },
  reason: null,
  context: null,
  requestId: null,
  route: null,
  databaseRole: 'singr_app',
  transactionId: '700',
  undoes: null,
  tenant: null,
  formerTenant: null,
  before: { name: 'Old', city: 'Nashville' },
  after: { name: 'New', city: 'Memphis' },
  changes: [
    { column: 'name', from: 'Old', to: 'New', redacted: false },
    { column: 'city', from: 'Nashville', to: 'Memphis', redacted: false },
  ],
};

const lines = (changed: Partial<AuditEntry>, terminal?: Terminal) =>
  formatEntries([{ ...entry, ...changed }], terminal).split('\n');

/** A terminal of a width, which shows the styles of a text in brackets. */
const terminal = (width: number): Terminal => ({
  width,
  paint: (style, text) => `<${String(style)}>${text}`,
});

describe('an entry in audit history', () => {
  it('has a line for each changed column', () => {
    expect(lines({})).toEqual([
      '8  UPDATE venues v1',
      '   2026-11-01 20:15:00.123 UTC by office',
      '   name: "Old" → "New"',
      '   city: "Nashville" → "Memphis"',
    ]);
  });

  it('shows the route and the undone entry beside the actor', () => {
    expect(lines({ route: 'PATCH /venues/:id', undoes: '5' })[1]).toBe(
      '   2026-11-01 20:15:00.123 UTC by office, PATCH /venues/:id, undoes 5',
    );
  });

  it('shows the e-mail address of a user, and the id of one who has none', () => {
    const actor = { userId: 'u1' };
    const names = new Map([['u1', 'rosa@example.com']]);
    const shown = (known?: typeof names) => formatEntries([{ ...entry, actor }], undefined, known);
    expect(shown(names)).toContain('by rosa@example.com');
    expect(shown()).toContain('by u1');
  });

  it('shows the database role of an entry without an actor', () => {
    expect(lines({ actor: null })[1]).toContain('nobody (role singr_app)');
  });

  it('shows the number of columns of a whole row, and nothing of an entry without columns', () => {
    expect(lines({ operation: 'INSERT' })).toHaveLength(3);
    expect(lines({ operation: 'INSERT' })[2]).toBe('   2 columns');
    expect(lines({ operation: 'TRUNCATE', recordId: null, changes: [] })).toEqual([
      '8  TRUNCATE venues',
      '   2026-11-01 20:15:00.123 UTC by office',
    ]);
  });

  it.each([80, 120])('fits a terminal of %d columns, and breaks no word', (width) => {
    const long = 'Sing along every night '.repeat(12).trim();
    const shown = lines(
      {
        recordId: '5bd8f482-13f6-4989-8d06-9d8e38a5e5c4',
        actor: { name: 'a nightly import with a long name' },
        route: 'PATCH /organizations/:organizationId/venues/:venueId',
        changes: [{ column: 'description', from: long, to: null, redacted: false }],
      },
      { ...terminal(width), paint: (_, text) => text },
    );
    expect(Math.max(...shown.map(({ length }) => length))).toBeLessThanOrEqual(width);
    const text = shown.map((line) => line.trim()).join(' ');
    expect(text).toContain('UPDATE venues 5bd8f482-13f6-4989-8d06-9d8e38a5e5c4 2026-11-01');
    expect(text).toContain(
      'a nightly import with a long name, PATCH /organizations/:organizationId/',
    );
  });

  it('has colours where the terminal has them', () => {
    const [first, , name] = lines({}, terminal(80));
    expect(first).toBe('8  <yellow>UPDATE <bold>venues v1');
    expect(name).toContain('<red>"Old" → <green>"New"');
  });

  it('leaves control characters of values, names and routes to no terminal', () => {
    const hostile = 'x\u001b[2J\u009b1m\u202e';
    const shown = lines({
      recordId: hostile,
      route: hostile,
      actor: { name: hostile },
      changes: [{ column: hostile, from: hostile, to: 1, redacted: false }],
    }).join('');
    // eslint-disable-next-line no-control-regex
    expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(shown).toContain('x\\u001b[2J');
  });
});
