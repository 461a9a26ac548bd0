import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ActorContext, afterCommit, Role, type DatabaseDataSource } from '@singr/database';
import type { EntityManager, Repository } from 'typeorm';
import { actorNumber, writerOf } from './actors.js';
import { LazyRole } from './lazy-role.js';
import { saying, type LooseWrites } from './loose-writes.js';
import type { Insert, RunnerEnd, Step, Write } from './program.js';

/** A row of the trail as it must turn out. */
export type Entry = `${'INSERT' | 'UPDATE' | 'DELETE'} ${string} by ${string}`;

export function entry(operation: string, slug: string, writer: string): Entry {
  return `${operation as 'INSERT'} ${slug} by ${writer}`;
}

/** The writes so far of a transaction, or of code without one. */
interface Place {
  /** The writes that are committed with the outer transaction. */
  readonly entries: Entry[];
  /** The rows of this branch alone, by slug, so that no two branches wait for each other's locks. */
  readonly slugs: string[];
  readonly writer: string;
  /** Of a query runner by hand; else whatever the application's code gets injected. */
  readonly manager: EntityManager | undefined;
}

/** Thrown by programs on purpose. */
export class Thrown extends Error {}

let count = 0;

/** Runs a program in the place of a handler, and keeps the book of what it must have written. */
export class Interpreter {
  constructor(
    private readonly dataSource: DatabaseDataSource,
    private readonly roles: Repository<Role>,
    private readonly looseWrites: LooseWrites,
  ) {}

  /** @returns the entries, which grow while the steps run */
  start(steps: readonly Step[], writer: string): { entries: Entry[]; done: Promise<void> } {
    const entries: Entry[] = [];
    return { entries, done: this.run(steps, { entries, slugs: [], writer, manager: undefined }) };
  }

  private async run(steps: readonly Step[], place: Place): Promise<void> {
    for (const step of steps) await this.step(step, place);
  }

  private async step(step: Step, place: Place): Promise<void> {
    switch (step.do) {
      case 'pause':
        return sleep(step.ms);
      case 'throw':
        throw new Thrown('as the program says');
      case 'afterCommit':
        return this.afterCommit(place);
      case 'as': {
        const actor = actorNumber(step.actor);
        const writer = writerOf(actor);
        return ActorContext.run(actor, () =>
          saying(writer, () => this.run(step.steps, { ...place, writer })),
        );
      }
      case 'together':
        return this.together(step.branches, place);
      case 'nested':
        return this.nested(place, async (inner) => {
          await this.run(step.steps, inner);
          if (step.fails) throw new Thrown('to fall back');
        });
      case 'conflict':
        return this.nested(place, async (inner) => {
          await this.write({ do: 'insert', way: 'raw' }, inner);
          const [slug] = inner.slugs.slice(-1);
          await this.dataSource
            .query('INSERT INTO roles (slug) VALUES ($1)', [slug])
            .catch((error: Error & { code?: string }) => {
              throw error.code === '23505' ? new Thrown('refused, as it must be') : error;
            });
        });
      case 'runner':
        return this.runner(step.writes, step.end, place);
      case 'stream':
        return this.stream(step.inserts, place);
      case 'bound':
        return this.looseWrites.add(
          step.crossing,
          ActorContext.bind(() => this.write(step.write, place)),
        );
      case 'loose':
        return this.looseWrites.insert(step.crossing, this.dataSource);
      default:
        return this.write(step, place);
    }
  }

  private async together(branches: readonly (readonly Step[])[], place: Place): Promise<void> {
    const slugs = branches.map((): string[] => []);
    await Promise.all(
      branches.map((branch, index) =>
        // A query runner's savepoint holds whatever else the connection does meanwhile.
        this.run(withoutRunners(branch), { ...place, slugs: slugs[index]! }),
      ),
    );
    place.slugs.push(...slugs.flat());
  }

  private async nested(place: Place, work: (inner: Place) => Promise<void>): Promise<void> {
    const inner: Place = { ...place, entries: [], slugs: [...place.slugs] };
    try {
      await this.dataSource.transaction(() => work(inner));
    } catch (error) {
      if (error instanceof Thrown && error.message !== 'as the program says') return;
      throw error;
    }
    place.entries.push(...inner.entries);
    place.slugs.splice(0, place.slugs.length, ...inner.slugs);
  }

  private async runner(writes: readonly Write[], end: RunnerEnd, place: Place): Promise<void> {
    const queryRunner = this.dataSource.createQueryRunner();
    const { manager } = queryRunner;
    const inner: Place = { ...place, manager, entries: [], slugs: [...place.slugs] };
    try {
      await queryRunner.connect();
      await queryRunner.startTransaction();
      try {
        await this.run(writes, inner);
      } catch (error) {
        await queryRunner.rollbackTransaction();
        throw error;
      }
      if (end === 'committed') await queryRunner.commitTransaction();
      else if (end === 'rolled back') await queryRunner.rollbackTransaction();
    } finally {
      await queryRunner.release();
    }
    if (end !== 'committed') return;
    place.entries.push(...inner.entries);
    place.slugs.splice(0, place.slugs.length, ...inner.slugs);
  }

  /** The listener is called by the connection's socket, whoever opened that. */
  private async stream(inserts: readonly Insert[], place: Place): Promise<void> {
    const queryRunner = this.dataSource.createQueryRunner();
    const writes: Promise<void>[] = [];
    try {
      const rows = await queryRunner.stream('SELECT generate_series(0, $1 - 1)::int AS index', [
        inserts.length,
      ]);
      rows.on('data', ({ index }: any) => {
        const write = this.write(inserts[index]!, place);
        // Thrown below, once the stream has ended.
        write.catch(() => undefined);
        writes.push(write);
      });
      await once(rows, 'end');
    } finally {
      // Before the writes have ended, which may need the pool's last connection.
      await queryRunner.release();
    }
    await Promise.allSettled(writes);
    await Promise.all(writes);
  }

  private async afterCommit({ entries, writer }: Place): Promise<void> {
    const slug = `made-${++count}`;
    await afterCommit(() => this.insert('repository.insert', slug, writer, undefined));
    // Whether the effect is called is a matter of whether the place becomes lasting.
    entries.push(entry('INSERT', slug, writer));
  }

  private async write(write: Write, place: Place): Promise<void> {
    const { slugs, writer, entries } = place;
    if (write.do === 'insert') {
      const slug = `made-${++count}`;
      await this.insert(write.way, slug, writer, place.manager);
      slugs.push(slug);
      entries.push(entry('INSERT', slug, writer));
      return;
    }
    if (slugs.length === 0) return;
    const slug = slugs[write.row % slugs.length]!;
    if (write.do === 'change') {
      await this.change(write.way, slug, `${writer} ${++count}`, place.manager);
      entries.push(entry('UPDATE', slug, writer));
    } else {
      await this.remove(write.way, slug, place.manager);
      slugs.splice(slugs.indexOf(slug), 1);
      entries.push(entry('DELETE', slug, writer));
    }
  }

  /** The row says itself who writes it. */
  private async insert(
    way: (Write & { do: 'insert' })['way'],
    slug: string,
    writer: string,
    manager: EntityManager | undefined,
  ): Promise<unknown> {
    const roles = manager?.getRepository(Role) ?? this.roles;
    const row = { slug, description: `${writer} ${++count}` };
    switch (way) {
      case 'save':
        return roles.save(roles.create(row));
      case 'repository.insert':
        return roles.insert(row);
      case 'repository.upsert':
        return roles.upsert(row, ['slug']);
      case 'manager.save':
        return (manager ?? this.dataSource.manager).save(Role, row);
      case 'query builder':
        return roles.createQueryBuilder().insert().values(row).execute();
      case 'raw':
        return this.raw(manager, 'INSERT INTO roles (slug, description) VALUES ($1, $2)', [
          slug,
          row.description,
        ]);
      case 'raw WITH':
        return this.raw(
          manager,
          `WITH made AS (INSERT INTO roles (slug, description) VALUES ($1, $2) RETURNING roles_id)
           SELECT * FROM made`,
          [slug, row.description],
        );
    }
  }

  private async change(
    way: (Write & { do: 'change' })['way'],
    slug: string,
    description: string,
    manager: EntityManager | undefined,
  ): Promise<unknown> {
    const roles = manager?.getRepository(Role) ?? this.roles;
    switch (way) {
      case 'save':
        return roles.save({ ...(await roles.findOneByOrFail({ slug })), description });
      case 'repository.update':
        return roles.update({ slug }, { description });
      case 'after a lazy relation': {
        const lazyRoles = (manager ?? this.dataSource.manager).getRepository(LazyRole);
        // The transaction that found the role has ended when its relation is asked for.
        const role = await (manager ?? this.dataSource.manager).transaction((inner) =>
          inner.findOneByOrFail(LazyRole, { slug }),
        );
        await role.grants;
        return lazyRoles.save(Object.assign(role, { description }));
      }
      case 'query builder':
        return roles.createQueryBuilder().update().set({ description }).where({ slug }).execute();
      case 'raw':
        return this.raw(manager, 'UPDATE roles SET description = $2 WHERE slug = $1', [
          slug,
          description,
        ]);
    }
  }

  private async remove(
    way: (Write & { do: 'remove' })['way'],
    slug: string,
    manager: EntityManager | undefined,
  ): Promise<unknown> {
    const roles = manager?.getRepository(Role) ?? this.roles;
    switch (way) {
      case 'remove':
        return roles.remove(await roles.findOneByOrFail({ slug }));
      case 'repository.delete':
        return roles.delete({ slug });
      case 'query builder':
        return roles.createQueryBuilder().delete().where({ slug }).execute();
      case 'raw':
        return this.raw(manager, 'DELETE FROM roles WHERE slug = $1', [slug]);
    }
  }

  private raw(
    manager: EntityManager | undefined,
    sql: string,
    values: unknown[],
  ): Promise<unknown> {
    return manager === undefined ? this.dataSource.query(sql, values) : manager.query(sql, values);
  }
}

function withoutRunners(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step): readonly Step[] => {
    switch (step.do) {
      case 'runner':
        return step.writes;
      case 'nested':
      case 'as':
        return [{ ...step, steps: withoutRunners(step.steps) }];
      default:
        return [step];
    }
  });
}
