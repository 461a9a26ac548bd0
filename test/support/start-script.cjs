const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { join } = require('node:path');
const { createInterface } = require('node:readline');
const { pathToFileURL } = require('node:url');

const loader = pathToFileURL(join(__dirname, '../../tools/typescript/register.mjs')).href;

// CommonJS, because both need it as it is: Jest's global setup, which nothing compiles, and the suites.

exports.startScript = async function startScript(script, args, { env = process.env } = {}) {
  const child = spawn(process.execPath, ['--import', loader, join(__dirname, script), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env,
  });
  // A script that has ended by itself no longer reads.
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const firstLine = await Promise.race([
    once(lines, 'line').then(([line]) => line),
    exited.then(([code]) => {
      throw new Error(`${script} ended with exit code ${code} before it was ready`);
    }),
  ]);
  return {
    firstLine,
    processId: child.pid,
    async stop() {
      child.stdin.end();
      const [code] = await exited;
      return code;
    },
  };
};
