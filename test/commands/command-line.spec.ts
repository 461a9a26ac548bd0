import { HistoryCommand } from '../../src/commands/audit/history.command.js';
import { commands } from '../../src/commands/commands.module.js';
import type { CommandClass } from '../../src/commands/command-line/command.js';
import { parseCommandLine, type Call } from '../../src/commands/command-line/parse.js';
import { PsqlCommand } from '../../src/commands/psql.command.js';
import { SongsImportCommand } from '../../src/commands/songs.command.js';

const parse = (...typed: string[]) => parseCommandLine('singr-db', commands, typed);

/** The command with the values of its arguments and options. */
function call(...typed: string[]): [CommandClass, object] {
  const { command, input } = parse(...typed) as Call;
  return [command, input];
}

describe('the command line', () => {
  it('names a command, its arguments and its options, in any order', () => {
    const expected = [
      SongsImportCommand,
      { file: 'songs.csv', customer: 'c', system: 1, titleColumn: 'Song', replace: true },
    ];
    const [customer, system] = [
      ['--customer', 'c'],
      ['--system', '1'],
    ];
    expect(
      call(
        'songs',
        'import',
        'songs.csv',
        ...customer,
        ...system,
        '--title-column=Song',
        '--replace',
      ),
    ).toEqual(expected);
    expect(
      call(
        'songs',
        'import',
        '--replace',
        ...system,
        '--title-column',
        'Song',
        ...customer,
        'songs.csv',
      ),
    ).toEqual(expected);
  });

  it('passes options of psql on to psql', () => {
    const passedOn = (...psqlArguments: string[]) => [PsqlCommand, { psqlArguments }];
    expect(call('psql', '--url')).toEqual([PsqlCommand, { psqlArguments: [], url: true }]);
    expect(call('psql', '-c', 'SELECT 1')).toEqual(passedOn('-c', 'SELECT 1'));
    expect(call('psql', '-Atc', 'SELECT 1')).toEqual(passedOn('-Atc', 'SELECT 1'));
    expect(call('psql', '--', '--url', '-x')).toEqual(passedOn('--url', '-x'));
  });

  it('turns text into values, and leaves out what was not given', () => {
    expect(call('audit', 'history', 'venues', '--operation', 'insert,update')).toEqual([
      HistoryCommand,
      { table: 'venues', operations: ['INSERT', 'UPDATE'] },
    ]);
    expect(() => parse('audit', 'history', '--limit', 'ten')).toThrow(
      '--limit takes a whole number from 1 to 500',
    );
  });

  it.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['audit', 'nonsense'], "unknown command 'nonsense'"],
    [['--nonsense'], "unknown option '--nonsense'"],
    [['seed', '--nonsense'], "unknown option '--nonsense'"],
    [['seed', '-f'], "unknown option '-f'"],
    [['seed', '--fresh=yes'], "option '--fresh' takes no argument"],
    [['seed', 'fresh'], "too many arguments for 'seed': expected 0, got 1"],
    [['audit', 'diff', 'venues'], "missing required argument 'id'"],
    [['audit', 'history', '--user'], "option '--user <ids>' argument missing"],
    [
      ['songs', 'import', 'x.csv', '--system', '1'],
      "required option '--customer <who>' not specified",
    ],
  ])('refuses %j', (typed, message) => {
    expect(() => parse(...typed)).toThrow(`error: ${message}`);
  });

  it('prints help when it is asked for, and when no command is named', () => {
    expect(parse('--help')).toMatchObject({ wasAskedFor: true });
    expect(parseCommandLine('singr-db', commands, ['--help'], ['What is in .env counts.'])).toEqual(
      {
        wasAskedFor: true,
        help: expect.stringMatching(/^Usage: singr-db <command>[^]*\nWhat is in \.env counts\.$/),
      },
    );
    expect(parse()).toMatchObject({ wasAskedFor: false });
    expect(parse('audit')).toMatchObject({
      wasAskedFor: false,
      help: expect.stringMatching(/^Usage: singr-db audit <command>[^]*\n {2}verify /),
    });
    expect(parse('songs', 'import', '-h')).toMatchObject({
      help: expect.stringMatching(
        /^Usage: singr-db songs import \[options\] <file>\n[^]*--customer <who> [^]*\(required\)/,
      ),
    });
  });
});
