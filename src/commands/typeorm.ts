/**
 * TypeORM's command line on `ormconfig.ts`: `npm run typeorm migration:run`.
 *
 * TypeORM wants its data source named with `-d` by each command that connects, and refuses `-d` to those
 * that do not.
 */
const withoutDataSource = /^(init|version|.+:create)$/;
const [command, ...rest] = process.argv.slice(2);
const connects =
  command !== undefined && /^[a-z]/.test(command) && !withoutDataSource.test(command);
const isNamed = rest.some((argument) => /^(-d|--dataSource)\b/.test(argument));
if (connects && !isNamed) process.argv.push('--dataSource', 'ormconfig.ts');

await import('typeorm/cli.js');

export {};
