import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Cluster } from '../../support/cluster.js';
import { freePort } from '../../support/free-port.js';
import { readDashboard } from './dashboard.js';
import { drawDashboard } from './picture.js';
import { Prometheus } from './prometheus.js';

/*
 * Runs an application under load, has Prometheus scrape it, and asks every query of docs/observability/dashboard.json.
 * Fails if one of them has no answer. Needs Debian's packages postgresql-15-postgis-3 and prometheus, and for a
 * picture chromium:
 *
 *   npm run on-demand -- dashboard --seconds 120 --picture docs/images/dashboard.png
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, picture: { type: 'string' } },
});
const seconds = Number(values.seconds);

const folder = await mkdtemp(join(tmpdir(), 'singr-dashboard-'));
const [metricsPort, prometheusPort] = [await freePort(), await freePort()];
const settings = { wal_level: 'replica', shared_buffers: '128MB' };
const primary = await Cluster.start({ settings });
const standby = await Cluster.start({ standbyOf: primary });

// As with `node --import`: before the application is loaded.
const exporter = new PrometheusExporter({ host: '127.0.0.1', port: metricsPort });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [exporter] }));
const { startLoad } = await import('./load.js');

await writeFile(
  join(folder, 'prometheus.yaml'),
  JSON.stringify({
    global: { scrape_interval: '1s', evaluation_interval: '5s' },
    rule_files: [resolve('docs/observability/alerts.yaml')],
    scrape_configs: [
      { job_name: 'singr', static_configs: [{ targets: [`127.0.0.1:${metricsPort}`] }] },
    ],
  }),
);
const server = spawn(
  'prometheus',
  [
    `--config.file=${join(folder, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${prometheusPort}`,
  ],
  { stdio: 'ignore' },
);

try {
  const load = await startLoad(primary.url, standby.url);
  console.log(`load for ${seconds} s`);
  await sleep(seconds * 1000);
  const prometheus = new Prometheus(`http://127.0.0.1:${prometheusPort}`, seconds);
  const dashboard = await readDashboard('docs/observability/dashboard.json', prometheus);
  const alerts = await prometheus.firingAlerts();
  await load.stop();
  const silent = dashboard.panels.flatMap(({ title, targets }) =>
    targets.filter(({ series }) => series.length === 0).map(({ expr }) => `${title}: ${expr}`),
  );
  const targets = dashboard.panels.reduce((sum, panel) => sum + panel.targets.length, 0);
  console.log(`${targets - silent.length} of ${targets} queries have an answer`);
  console.log(`alerts: ${alerts.join(', ') || 'none'}`);
  for (const query of silent) console.error(`no answer: ${query}`);
  if (silent.length > 0) process.exitCode = 1;
  if (values.picture !== undefined) await drawDashboard(dashboard, values.picture);
} finally {
  server.kill();
  await exporter.shutdown();
  await standby.remove();
  await primary.remove();
  await rm(folder, { recursive: true, force: true });
}
