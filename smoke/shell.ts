import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Shell {
  /** The folder to run in. */
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What the machine's own settings must not decide. */
function environment(env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(PG|DATABASE_|npm_|NODE_OPTIONS|INIT_CWD)/.test(name),
  );
  return { ...Object.fromEntries(clean), ...env };
}

/** Runs a command, and returns what it prints. */
export async function run({ cwd, env }: Shell, command: string, ...words: string[]) {
  const child = spawn(command, words, {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (all += text));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (exitCode !== 0) {
    throw new Error(`${command} ${words.join(' ')} ended with ${exitCode}, in ${cwd}:\n${all}`);
  }
  return out;
}

/** Starts a server, and waits until it says where it listens. `stop` waits until it has ended. */
export async function startServer({ cwd, env }: Shell, command: string, ...words: string[]) {
  const child = spawn(command, words, {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let all = '';
  const url = await new Promise<string>((resolve, reject) => {
    const look = (text: string) => {
      all += text;
      const [, found] = /listening on (\S+)/.exec(all) ?? [];
      if (found !== undefined) resolve(found.replace('[::1]', 'localhost'));
    };
    child.stdout.setEncoding('utf8').on('data', look);
    child.stderr.setEncoding('utf8').on('data', look);
    void exited.then(([code]) => reject(new Error(`it ended with ${code}, in ${cwd}:\n${all}`)));
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
