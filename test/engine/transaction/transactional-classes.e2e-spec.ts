import { EventEmitter } from 'node:events';
import { Controller, Get, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { NoTransaction, Role, Transactional } from '@singr/database';
import type { Repository } from 'typeorm';
import { ann, from } from '../../support/people.js';
import { failure, Tools, useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, trailOf } from '../../support/trail.js';
import { useDatabase } from '../../support/database.js';
import { until } from './control.js';

class Writing {
  constructor(@InjectRepository(Role) readonly roles: Repository<Role>) {}

  async inherited(slug: string): Promise<void> {
    await this.roles.insert({ slug });
    throw new Error('after the write');
  }
}

@Injectable()
@Transactional()
class Services extends Writing implements OnModuleInit {
  started = '';

  get count(): Promise<number> {
    return this.roles.count();
  }

  static title(): string {
    return 'services';
  }

  onModuleInit(): string {
    return (this.started = 'at once');
  }

  async add(slug: string): Promise<void> {
    await this.roles.insert({ slug });
    throw new Error('after the write');
  }

  /** Returns a promise, and is not async. */
  addTwice(slug: string): Promise<unknown> {
    return this.roles.insert({ slug }).then(() => this.roles.insert({ slug }));
  }

  @NoTransaction()
  async oneByOne(slug: string): Promise<void> {
    await this.roles.insert({ slug });
    throw new Error('after the write');
  }

  @Transactional({ isolationLevel: 'SERIALIZABLE' })
  serializable(): Promise<unknown> {
    return this.roles.query('SHOW transaction_isolation');
  }

  /** A helper that has nothing to do with the database. */
  upperCase(slug: string): string {
    return slug.toUpperCase();
  }

  refuse(): never {
    throw new RangeError('out of range');
  }

  forget(...slugs: string[]): void {
    for (const slug of slugs) void this.roles.insert({ slug });
  }
}

@Injectable()
class Subclass extends Services {
  async own(slug: string): Promise<void> {
    await this.roles.insert({ slug });
    throw new Error('after the write');
  }
}

@Injectable()
@Transactional({ isolationLevel: 'REPEATABLE READ' })
class Redecorated extends Services {
  level(): Promise<unknown> {
    return this.roles.query('SHOW transaction_isolation');
  }

  override async add(slug: string): Promise<void> {
    await super.add(slug);
  }
}

@Injectable()
@NoTransaction()
class Outside extends Writing {
  async add(slug: string): Promise<void> {
    await this.roles.insert({ slug });
    throw new Error('after the write');
  }

  upperCase(slug: string): string {
    return slug.toUpperCase();
  }
}

@Injectable()
@Transactional()
class Emitter extends EventEmitter {
  constructor(private readonly tools: Tools) {
    super();
    this.on('role', (slug: string) => void this.tools.roles.insert({ slug }));
  }
}

@Controller('new')
@Transactional({ propagation: 'REQUIRES_NEW' })
class NewController extends Writing {
  @Get()
  async get(): Promise<void> {
    await this.inherited(slugOfRequest);
  }
}

let slugOfRequest: string;

describe('@Transactional() on a class', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    controllers: [NewController],
    providers: [Services, Subclass, Redecorated, Outside, Emitter],
  });
  const services = () => app.app.get(Services);
  let slug: string;
  beforeEach(() => (slug = newSlug()));

  const stays = async (work: Promise<unknown>) => {
    await failure(work);
    return (await existing(database, slug)).length;
  };

  it('rolls back a method that fails', async () => {
    expect(await stays(services().add(slug))).toBe(0);
  });

  it('rolls back a method that is not async', async () => {
    expect(await stays(services().addTwice(slug))).toBe(0);
  });

  it('rolls back an inherited method', async () => {
    expect(await stays(services().inherited(slug))).toBe(0);
  });

  it('is overridden by the decorator of a method', async () => {
    expect(await stays(services().oneByOne(slug))).toBe(1);
    expect(await services().serializable()).toEqual([{ transaction_isolation: 'serializable' }]);
  });

  it('does not change the results of synchronous helpers', async () => {
    expect(services().upperCase('ab')).toBe('AB');
    expect(() => services().refuse()).toThrow(RangeError);
    expect(Services.title()).toBe('services');
    expect(await services().count).toEqual(expect.any(Number));
    await app.succeed('POST', () => ({ text: services().upperCase('ab').at(0) }));
  });

  it('does not begin a transaction for a lifecycle hook', () => {
    expect(services().started).toBe('at once');
    expect(services().onModuleInit()).toBe('at once');
  });

  it('commits operations that a method did not await, in its transaction', async () => {
    const [first, second] = [newSlug(), newSlug()];
    services().forget(first, second);
    await until(async () => (await existing(database, first, second)).length > 0);
    const rows = await database.query(
      `SELECT DISTINCT transaction_id FROM audit_logs WHERE new_data ->> 'slug' = ANY ($1)`,
      [[first, second]],
    );
    expect(rows).toHaveLength(1);
    expect(await existing(database, first, second)).toHaveLength(2);
  });

  it('is inherited with its methods, and does not reach a subclass’s own', async () => {
    const subclass = app.app.get(Subclass);
    expect(await stays(subclass.add(slug))).toBe(0);
    expect(await stays(subclass.own(slug))).toBe(1);
  });

  it('is not overruled by that of a base class', async () => {
    const redecorated = app.app.get(Redecorated);
    expect(await redecorated.level()).toEqual([{ transaction_isolation: 'repeatable read' }]);
    expect(await redecorated.serializable()).toEqual([{ transaction_isolation: 'serializable' }]);
    expect(await stays(redecorated.addTwice(slug))).toBe(0);
    expect(await stays(redecorated.add(slug))).toBe(0);
  });

  it('leaves the methods of an event emitter alone', async () => {
    expect(app.app.get(Emitter).emit('role', slug)).toBe(true);
    await until(async () => (await existing(database, slug)).length === 1);
  });

  it('of a controller begins a transaction also with another propagation', async () => {
    slugOfRequest = slug;
    await app.app.request('GET', '/new', { headers: from(ann) });
    expect(await existing(database, slug)).toEqual([]);
  });

  it('is refused with NESTED, which cannot be told before a method is called', () => {
    expect(() =>
      Transactional({ propagation: 'NESTED' })(
        class Empty {
          method() {}
        },
      ),
    ).toThrow(expect.objectContaining({ code: 'TRANSACTIONAL_METHOD' }));
  });

  describe('and @NoTransaction()', () => {
    it('lets each write of a method commit by itself', async () => {
      const outside = app.app.get(Outside);
      expect(outside.upperCase('ab')).toBe('AB');
      await app.request('POST', () => outside.add(slug), { user: ann });
      expect(await trailOf(database, slug)).toMatchObject([{ writer: ann }]);
    });
  });
});
