import type { Pool } from 'pg';
import { isInstrumented } from '../driver/instrumented.js';
import type { Gauge, Reading } from '../telemetry/telemetry.js';
import type { ConnectingDataSource } from './connecting.data-source.js';
import { telemetryTarget } from './telemetry-target.js';

const count: Gauge = {
  name: 'db.client.connection.count',
  unit: '{connection}',
  description: 'The number of connections that are currently in the state of the attribute.',
  isSum: true,
};

const max: Gauge = {
  name: 'db.client.connection.max',
  unit: '{connection}',
  description: 'The maximum number of open connections.',
  isSum: true,
};

const waiting: Gauge = {
  name: 'db.client.connection.pending_requests',
  unit: '{request}',
  description: 'How much code waits for a connection.',
  isSum: true,
};

/** What the pool is doing. */
export const poolGauges = [count, max, waiting];

/** Reads the gauges of the pool of the primary. */
export function poolReadings({ config, driver, gate }: ConnectingDataSource): Reading[] {
  const name = { 'db.client.connection.pool.name': telemetryTarget(config).pool };
  // The gate lets code through that gets a connection at once. What waits at the pool is none of instrumentation-pg's.
  const ofGate = { gauge: waiting, value: gate.waitingCount, attributes: name };
  if (isInstrumented()) return [ofGate];
  const { totalCount, idleCount } = driver.master as Pool;
  const inState = (state: string, value: number): Reading => ({
    gauge: count,
    value,
    attributes: { ...name, 'db.client.connection.state': state },
  });
  return [
    inState('used', totalCount - idleCount),
    inState('idle', idleCount),
    { gauge: max, value: config.poolSize, attributes: name },
    ofGate,
  ];
}
