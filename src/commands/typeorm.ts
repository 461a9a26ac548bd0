/**
 * TypeORM's command line on `ormconfig.ts`: `npm run typeorm migration:run`.
 *
 * TypeORM requires `-d` with the data source for commands that connect, and refuses it for the others. So it
 * is added here.
 */
const withoutDataSource = /^(init|version|.+:create)$/;
const [command, ...rest] = process.argv.slice(2);
const connects =
  command !== undefined && /^[a-z]/.test(command) && !withoutDataSource.test(command);
const isNamed = rest.some((argument) => /^(-d|--dataSource)\b/.test(argument));
if (connects && !isNamed) process.argv.push('--dataSource', 'ormconfig.ts');

await import('typeorm/cli.js');

export {};
