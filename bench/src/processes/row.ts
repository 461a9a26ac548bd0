/** The process of one row: row.ts NUMBER full|quick. Sends its results. */
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import { BenchDatabases, serverUrl } from '../database.js';
import { rows } from '../rows/index.js';

Logger.overrideLogger(['error', 'fatal']);
const [number, extent] = process.argv.slice(2);
const quick = extent === 'quick';
const began = performance.now();
const databases = await BenchDatabases.on(serverUrl());
try {
  const finding = await rows
    .find((row) => row.number === Number(number))!
    .run({
      databases,
      quick,
      size: (full, small) => (quick ? small : full),
      say: (text) =>
        console.log(`   … ${text} (${Math.round((performance.now() - began) / 1000)} s)`),
    });
  await promisify<unknown, void>(process.send!.bind(process))(finding);
} finally {
  await databases.close();
}
process.exit();
