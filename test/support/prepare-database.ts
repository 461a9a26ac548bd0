import { Logger } from '@nestjs/common';
import { prepareTestDatabases } from '../../src/testing/prepare.js';
import { standardInputClosed } from './standard-input.js';

/**
 * Chooses where the run's databases are made, makes their template, and prints where: one line of JSON.
 * Stays until its standard input closes, because a container goes with the process that started it.
 */

// Standard output is for the one line; errors go elsewhere.
Logger.overrideLogger(['error', 'fatal']);
// An interrupt reaches every process of the terminal. This one ends once Jest has.
process.on('SIGINT', () => undefined);
process.stdout.write(`${JSON.stringify(await prepareTestDatabases())}\n`);
await standardInputClosed();
process.exit();
