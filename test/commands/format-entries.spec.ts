import type { AuditEntry } from '../../src/engine/audit/history/audit-entry.js';
import { formatEntries } from '../../src/commands/audit/format-entries.js';

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
  before: { name: 'Old', city: 'Nashville' },
  after: { name: 'New', city: 'Memphis' },
  changes: [
    { column: 'name', from: 'Old', to: 'New', redacted: false },
    { column: 'city', from: 'Nashville', to: 'Memphis', redacted: false },
  ],
};

/** The table's cells, without its headings. */
function rows(changed: Partial<AuditEntry>): string[][] {
  const [, , ...lines] = formatEntries([{ ...entry, ...changed }]).split('\n');
  return lines.map((line) => line.trim().split(/ {2,}/));
}

describe('the table of audit history', () => {
  it('has a line for each changed column', () => {
    expect(rows({})).toEqual([
      ['8', '2026-11-01 20:15:00.123', 'UPDATE', 'venues v1', 'office', 'name: "Old" → "New"'],
      ['city: "Nashville" → "Memphis"'],
    ]);
  });

  it('shows the route and the undone entry below the actor', () => {
    const [first, ...more] = rows({ route: 'PATCH /venues/:id', undoes: '5' });
    expect(first).toContain('office');
    expect(more).toEqual([['PATCH /venues/:id', 'city: "Nashville" → "Memphis"'], ['undoes 5']]);
  });

  it('shows the database role of an entry without an actor', () => {
    expect(rows({ actor: null })[0]).toContain('nobody (role singr_app)');
  });

  it('shows the number of columns of a whole row, and a line for an entry without columns', () => {
    expect(rows({ operation: 'INSERT' })).toHaveLength(1);
    expect(rows({ operation: 'INSERT' })[0]).toContain('2 columns');
    expect(rows({ operation: 'TRUNCATE', recordId: null, changes: [] })).toEqual([
      ['8', '2026-11-01 20:15:00.123', 'TRUNCATE', 'venues', 'office'],
    ]);
  });
});
