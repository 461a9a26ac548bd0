/** The process of one contender: host.ts MODULE NAME URL COUNT, then a message for each round. */
import { Logger } from '@nestjs/common';
import { timed } from '../measure.js';
import type { Start } from './own-process.js';

Logger.overrideLogger(['error', 'fatal']);
const [module, name, url, count] = process.argv.slice(2) as [string, string, string, string];
const { contenders } = (await import(module)) as { contenders: Record<string, Start> };
const running = await contenders[name]!(url, Number(count));

process.on('message', (message) => {
  if (message === 'stop') void running.close().then(() => process.exit());
  else void timed(running.run).then((time) => process.send!(time));
});
process.send!('ready');
