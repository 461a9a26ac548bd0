import { describeOnServer, useDatabase } from '../support/database.js';
import { runCommand } from './run-command.js';

/** Each exits with 1, and prints one line. */
describeOnServer('a command with invalid arguments', () => {
  const database = useDatabase();

  it.each([
    [['audit', 'history', 'nonsense'], /^The table "nonsense" is not audited\./],
    [['audit', 'history', 'verification_tokens', '{x'], /^The id is not valid JSON: /],
    [['audit', 'history', '--limit', 'ten'], /^--limit takes a whole number from 1 to 500/],
    [['audit', 'undo'], /^Set what to undo: /],
    [['audit', 'undo', '99999999'], /^The audit trail has no entry of the sequence 99999999/],
    [
      ['audit', 'restore', 'venues', 'x', '2030-01-01', '10:00'],
      /^error: too many arguments for 'restore'/,
    ],
    [['audit', 'prune'], /^Set the time up to which to prune: --before TIME/],
    [['audit', 'prune', '--before', 'yesterday'], /^"before" is not a time/],
    [['audit', 'erase', '--user', 'me'], /^The user’s id is not a UUID/],
    [['audit', 'nonsense'], /^error: unknown command 'nonsense'/],
    [['seed', 'fresh'], /^error: too many arguments for 'seed'/],
  ])('%j', async (words, message) => {
    const outcome = await runCommand(database, words);
    expect(outcome).toEqual({ exitCode: 1, out: '', err: expect.stringMatching(message) });
    expect(outcome.err.trimEnd()).not.toContain('\n');
  });
});
