import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const page = readFileSync('docs/observability.md', 'utf8');
const dashboard = readFileSync('docs/observability/dashboard.json', 'utf8');
const alerts = readFileSync('docs/observability/alerts.yaml', 'utf8');

/** The metrics that the code makes. */
const made = ['telemetry/open-telemetry', 'connection/pool-gauges', 'module/database-gauges']
  .map((file) => readFileSync(`src/engine/${file}.ts`, 'utf8'))
  .flatMap((code) => [...code.matchAll(/(?:create\w+\(|name: )'((?:db|singr)\.[\w.]+)'/g)])
  .map(([, name]) => name!)
  .sort();

/** The metrics of a text with queries for Prometheus, without what it or a collector adds to their names. */
function asked(text: string): string[] {
  const names = [
    ...text.matchAll(/\b((?:db_client_(?:op|conn)|singr_db)[a-z_]*)(?=[({"\\)[]|\s|$)/g),
  ]
    .map(([, name]) => name!.replace(/_$/, '').replace(/_(?:total|bucket|count|sum)$/, ''))
    .filter((name) => !/_(?:pool_name|state)$/.test(name));
  return [...new Set(names)].sort();
}

const inPrometheus = (name: string) => name.replaceAll('.', '_').replace(/_count$/, '');

describe('the page about observability', () => {
  it('lists every metric, and no other', () => {
    const listed = [...page.matchAll(/^\| `((?:db\.client|singr\.db)\.[\w.]+)` /gm)];
    expect(listed.map(([, name]) => name).sort()).toEqual(made);
    expect(made).toHaveLength(16);
  });
});

describe('the dashboard', () => {
  it('shows every metric, and no other', () => {
    expect(asked(dashboard)).toEqual(made.map(inPrometheus).sort());
  });
});

describe('the alert rules', () => {
  it('ask for metrics that there are', () => {
    expect(made.map(inPrometheus)).toEqual(expect.arrayContaining(asked(alerts)));
  });

  // Debian has it in the package `prometheus`.
  const withPromtool = spawnSync('promtool', ['--version']).error === undefined ? it : it.skip;

  withPromtool.each(['check', 'test'])('pass promtool %s rules', (action) => {
    const file = action === 'check' ? 'alerts.yaml' : 'alerts.test.yaml';
    const options = { cwd: 'docs/observability', encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync('promtool', [action, 'rules', file], options);
    expect(`${status} ${stdout}${stderr}`).toMatch(/^0 /);
  });
});
