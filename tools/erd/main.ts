import 'reflect-metadata';
import { writeOrCheck } from '../generated-folder.js';
import { generate } from './generate.js';

await writeOrCheck('docs/erd', await generate(), 'npm run db:erd');
