import type { ServerResponse } from 'node:http';
import {
  Controller,
  Get,
  Injectable,
  Param,
  Post,
  RequestTimeoutException,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DatabaseDataSource, Role } from '@singr/database';
import fc from 'fast-check';
import { catchError, throwError, timeout, TimeoutError } from 'rxjs';
import type { Repository } from 'typeorm';
import { trustingGuard } from '../../support/people.js';
import type { TestDatabase } from '../../support/database.js';
import { createTestApp, type TestApp, type TestAppOptions } from '../../support/test-app.js';
import { actorNumber, writerOf } from './actors.js';
import { entry, Interpreter, type Entry } from './interpreter.js';
import { LazyGrant, LazyRole } from './lazy-role.js';
import { inRequest, LooseWrites, type Around } from './loose-writes.js';
import { mayFallBack, programs, type Program } from './program.js';
import { byRequest, isLoose, lastSequence, readTrail, type TrailRow } from './trail.js';

/** A request on its way: what it does, and what came of it so far. */
interface Run extends Around {
  readonly program: Program;
  entries: readonly Entry[];
  /** The handler's end, which may come long after the response, as may its start. */
  done: Promise<unknown>;
  end(): void;
  /** The error that the handler threw. */
  error?: Error;
  /** The error of the request, including the end of its transaction. */
  failure?: Error & { code?: string };
}

/** The requests under way, by request id. */
const runs = new Map<string, Run>();

@Controller('programs')
class ProgramController {
  private readonly interpreter: Interpreter;

  constructor(
    @InjectDataSource() dataSource: DatabaseDataSource,
    @InjectRepository(Role) roles: Repository<Role>,
    looseWrites: LooseWrites,
  ) {
    this.interpreter = new Interpreter(dataSource, roles, looseWrites);
  }

  @Post(':id')
  write(@Param('id') id: string) {
    return this.run(id);
  }

  @Get(':id')
  read(@Param('id') id: string) {
    return this.run(id);
  }

  private run(id: string) {
    const run = runs.get(id)!;
    const { entries, done } = inRequest(run, () =>
      this.interpreter.start(run.program.steps, run.writer),
    );
    run.entries = entries;
    void done.catch((error: Error) => (run.error = error)).then(() => run.end());
    return done;
  }
}

/** Gives up on handlers that take longer than their program says. */
@Injectable()
class TimeoutInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const { id } = context.switchToHttp().getRequest().params;
    const run = runs.get(id);
    if (run === undefined) return next.handle();
    const response = context.switchToHttp().getResponse<ServerResponse>();
    // Behind the listeners of the package, which are told by the same event that the request is over.
    response.once('close', () => setImmediate(() => noteEnd(run, response)));
    // Nest calls the handler behind its pipes, also where the time-out has come meanwhile.
    run.done = new Promise<void>((resolve) => (run.end = resolve));
    const handled = next.handle();
    const limit = run.program.timeoutAfter;
    return (limit === undefined ? handled : handled.pipe(timeout(limit))).pipe(
      catchError((error: Error) => {
        run.failure = error;
        return throwError(() =>
          error instanceof TimeoutError ? new RequestTimeoutException() : error,
        );
      }),
    );
  }
}

/** Work continues after a timeout or an abort, and its end is unknown. */
function noteEnd(run: Run, response: ServerResponse): void {
  run.isOver = response.writableFinished && response.statusCode !== 408;
}

export interface AttributionCheck {
  readonly databaseOptions?: TestAppOptions['databaseOptions'];
  /** How many batches of requests. */
  readonly batches: number;
  /** How many requests at once. */
  readonly atOnce: number;
  /** How many steps a handler has at most, nested ones apart. */
  readonly steps: number;
}

export interface AttributionCounts {
  requests: number;
  /** Rows of the trail. */
  writes: number;
  committed: number;
  rolledBack: number;
  timedOut: number;
  aborted: number;
  /** Rows of the trail that name somebody other than the row itself does. */
  wrong: number;
  unattributed: number;
  /** Writes in the context of a request that was over, and of one that was not. */
  outside: number;
  joined: number;
}

const actors = 25;

/**
 * Sends random requests of many users, many at once, to an application whose handlers write in every
 * way there is; then compares the trail, row by row, with what each handler knows that it wrote.
 */
export async function checkAttribution(
  database: TestDatabase,
  { databaseOptions, batches, atOnce, steps }: AttributionCheck,
): Promise<AttributionCounts> {
  const app = await createTestApp(database, {
    controllers: [ProgramController],
    providers: [
      trustingGuard,
      LooseWrites,
      { provide: APP_INTERCEPTOR, useClass: TimeoutInterceptor },
    ],
    databaseOptions: {
      connectTimeout: 60_000,
      entities: [LazyRole, LazyGrant],
      ...databaseOptions,
    },
  });
  const counts: AttributionCounts = {
    requests: 0,
    writes: 0,
    committed: 0,
    rolledBack: 0,
    timedOut: 0,
    aborted: 0,
    wrong: 0,
    unattributed: 0,
    outside: 0,
    joined: 0,
  };
  try {
    const request = fc.record({
      user: fc.nat({ max: actors - 1 }).filter((number) => number % 5 !== 4),
      program: programs({ steps, actors }),
    });
    const result = await fc.check(
      fc.asyncProperty(
        fc.array(request, { minLength: atOnce, maxLength: atOnce, size: 'max' }),
        (batch) => sendBatch(app, batch, counts),
      ),
      // How requests meet is a matter of time: a smaller batch that fails would be luck.
      { numRuns: batches, endOnFailure: true },
    );
    if (result.failed) {
      // The batch itself is pages long: the seed makes it again.
      throw new Error(
        `seed ${result.seed}, path "${result.counterexamplePath}": ${String(result.errorInstance)}`,
      );
    }
  } finally {
    await app.close();
  }
  return counts;
}

async function sendBatch(
  app: TestApp,
  batch: readonly { readonly user: number; readonly program: Program }[],
  counts: AttributionCounts,
): Promise<void> {
  const lastBefore = await lastSequence(app);
  const sent = await Promise.all(
    batch.map(async ({ user, program }) => {
      const id = `request-${++counts.requests}`;
      const run: Run = {
        program,
        writer: writerOf(actorNumber(user)),
        entries: [],
        done: Promise.resolve(),
        end: () => undefined,
        isOver: false,
        mayBeUndone: true,
        guests: 0,
      };
      runs.set(id, run);
      const outcome = await send(app, id, run);
      run.mayBeUndone = outcome !== 'answered' || mayFallBack(program.steps);
      return { id, run, outcome };
    }),
  );
  // One that was aborted at once may only now arrive: what is sent after it arrives after it.
  await app.request('GET', '/');
  // Handlers go on after a time-out or an abort.
  for (const { run } of sent) await run.done;
  await app.get(LooseWrites).settle();
  await idle(app);

  const rows = await readTrail(app, lastBefore);
  const loose = app.get(LooseWrites).judge(rows.filter(isLoose));
  counts.outside += loose.outside;
  counts.joined += loose.joined;
  const trail = byRequest(rows.filter((row) => !isLoose(row)));
  for (const { id, run, outcome } of sent) {
    runs.delete(id);
    const found = trail.get(id) ?? [];
    trail.delete(id);
    try {
      judge(run, outcome, found, counts);
    } catch (error) {
      throw new Error(
        `${id} ${outcome}, ${JSON.stringify(run.program)}: ${String(error)}; ` +
          `the request ${run.failure?.stack ?? 'did not fail'}; the handler ${run.error === undefined ? 'ended well' : `threw ${run.error.stack}`}`,
        { cause: error },
      );
    }
  }
  expect([...trail.values()]).toEqual([]);
}

type Outcome = 'answered' | 'failed' | 'timed out' | 'aborted';

async function send(app: TestApp, id: string, { program, writer }: Run): Promise<Outcome> {
  const { method, abortAfter } = program;
  try {
    const response = await fetch(new URL(`/programs/${id}`, app.url), {
      method,
      headers: { 'x-user': writer, 'x-request-id': id },
      signal: abortAfter === undefined ? null : AbortSignal.timeout(abortAfter),
    });
    await response.text();
    if (response.status === 408) return 'timed out';
    return response.ok ? 'answered' : 'failed';
  } catch (error) {
    if (abortAfter === undefined) throw error;
    return 'aborted';
  }
}

/** Compares the trail of a request with the writes of its handler. */
function judge(
  { program, entries, guests, failure }: Run,
  outcome: Outcome,
  found: readonly TrailRow[],
  counts: AttributionCounts,
): void {
  counts.writes += found.length;
  counts.wrong += found.filter(
    (row) => row.intended !== null && row.intended !== row.writer,
  ).length;
  counts.unattributed += found.filter((row) => row.writer === null).length;
  counts.timedOut += outcome === 'timed out' ? 1 : 0;
  counts.aborted += outcome === 'aborted' ? 1 : 0;
  const lasts = [...entries].sort();
  const lasted = found.map((row) => entry(row.operation, row.slug, String(row.writer))).sort();
  const throws = program.steps.at(-1)?.do === 'throw';

  if (program.method === 'GET') {
    // Every write commits by itself.
    expect(lasted).toEqual(lasts);
  } else if (outcome === 'failed' || (throws && outcome !== 'answered')) {
    counts.rolledBack++;
    // A write of another's, which a runner's rollback took along (docs/auditing.md, Transactions).
    const wasDisturbed = guests > 0 && failure?.code === 'INTERLEAVED_WRITES';
    expect({ mayFail: throws || wasDisturbed, lasted }).toEqual({ mayFail: true, lasted: [] });
  } else if (outcome === 'answered' || lasted.length > 0) {
    counts.committed++;
    expect(lasted).toEqual(lasts);
  } else {
    counts.rolledBack++;
  }
}

/** Waits until every transaction has ended, those of handlers that nobody waited for among them. */
async function idle(app: TestApp): Promise<void> {
  const pool = app.dataSource.driver.master;
  while (pool.totalCount > pool.idleCount || pool.waitingCount > 0) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
