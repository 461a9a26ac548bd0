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
import { trustingGuard } from '../actor/people.js';
import type { TestDatabase } from '../support/database.js';
import { createTestApp, type TestApp, type TestAppOptions } from '../support/test-app.js';
import { actorNumber, entry, Interpreter, writerOf, type Entry } from './interpreter.js';
import { programs, type Program } from './program.js';

/** A request on its way: what it does, and what came of it so far. */
interface Run {
  readonly program: Program;
  readonly writer: string;
  entries: readonly Entry[];
  /** The handler's end, which may come long after the response. */
  done: Promise<unknown>;
  /** What the handler threw. */
  error?: Error;
}

/** The requests under way, by request id. */
const runs = new Map<string, Run>();

@Controller('programs')
class ProgramController {
  private readonly interpreter: Interpreter;

  constructor(
    @InjectDataSource() dataSource: DatabaseDataSource,
    @InjectRepository(Role) roles: Repository<Role>,
  ) {
    this.interpreter = new Interpreter(dataSource, roles);
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
    const { entries, done } = this.interpreter.start(run.program.steps, run.writer);
    run.entries = entries;
    run.done = done.catch((error: Error) => (run.error = error));
    return done;
  }
}

/** Gives up on handlers that take longer than their program says. */
@Injectable()
class TimeoutInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const { id } = context.switchToHttp().getRequest().params;
    const limit = runs.get(id)?.program.timeoutAfter;
    if (limit === undefined) return next.handle();
    return next.handle().pipe(
      timeout(limit),
      catchError((error: Error) =>
        throwError(() => (error instanceof TimeoutError ? new RequestTimeoutException() : error)),
      ),
    );
  }
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
    providers: [trustingGuard, { provide: APP_INTERCEPTOR, useClass: TimeoutInterceptor }],
    databaseOptions: { connectTimeout: 60_000, ...databaseOptions },
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
      };
      runs.set(id, run);
      return { id, run, outcome: await send(app, id, run) };
    }),
  );
  // One that was aborted at once may only now arrive: what is sent after it arrives after it.
  await app.request('GET', '/');
  // Handlers go on after a time-out or an abort.
  for (const { run } of sent) await run.done;
  await idle(app);

  const trail = await readTrail(app, lastBefore);
  for (const { id, run, outcome } of sent) {
    runs.delete(id);
    const found = trail.get(id) ?? [];
    trail.delete(id);
    try {
      judge(run, outcome, found, counts);
    } catch (error) {
      throw new Error(
        `${id} ${outcome}, ${JSON.stringify(run.program)}: ${String(error)}; ` +
          `the handler ${run.error === undefined ? 'ended well' : `threw ${run.error.stack}`}`,
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

/** What the trail holds of a request, against what its handler wrote. */
function judge(
  { program, entries }: Run,
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
    expect({ throws, lasted }).toEqual({ throws: true, lasted: [] });
  } else if (outcome === 'answered' || lasted.length > 0) {
    counts.committed++;
    expect(lasted).toEqual(lasts);
  } else {
    counts.rolledBack++;
  }
}

interface TrailRow {
  readonly operation: string;
  readonly slug: string;
  /** Whom the row that was written names; null for a deletion. */
  readonly intended: string | null;
  readonly writer: string | null;
}

async function readTrail(app: TestApp, after: string): Promise<Map<string, TrailRow[]>> {
  const rows: (TrailRow & { request_id: string })[] = await app.dataSource.query(
    `SELECT operation, coalesce(new_data, old_data) ->> 'slug' AS slug, request_id,
       regexp_replace(new_data ->> 'description', ' \\d+$', '') AS intended,
       coalesce(user_id::text, actor_name) AS writer
     FROM audit_logs WHERE sequence > $1 ORDER BY sequence`,
    [after],
  );
  const byRequest = new Map<string, TrailRow[]>();
  for (const row of rows) {
    byRequest.set(row.request_id, [...(byRequest.get(row.request_id) ?? []), row]);
  }
  return byRequest;
}

async function lastSequence(app: TestApp): Promise<string> {
  const [row] = await app.dataSource.query(
    'SELECT coalesce(max(sequence), 0) AS last FROM audit_logs',
  );
  return row.last;
}

/** Waits until every transaction has ended, those of handlers that nobody waited for among them. */
async function idle(app: TestApp): Promise<void> {
  const pool = app.dataSource.driver.master;
  while (pool.totalCount > pool.idleCount || pool.waitingCount > 0) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
