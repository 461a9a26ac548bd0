import { Controller, Get, Post } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { ActorContext, Role } from '@singr/database';
import type { Repository } from 'typeorm';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

@Controller('roles')
class RolesController {
  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  @Get()
  list(): Promise<Role[]> {
    return this.roles.find();
  }

  @Post()
  async add(): Promise<Role[]> {
    await this.roles.insert({ slug: 'new' });
    return this.roles.find();
  }
}

describeOnServer('read replicas', () => {
  const primary = useDatabase();
  // A database of its own, which nothing is replicated to: what is read from it shows where it was.
  const replica = useDatabase();
  let app: TestApp;

  beforeAll(async () => {
    await replica.query(`INSERT INTO roles (slug) VALUES ('on-the-replica')`);
    app = await createTestApp(primary, {
      controllers: [RolesController],
      databaseOptions: { replicas: [replica.url] },
    });
  });

  const slugs = (body: Role[]) => body.map(({ slug }) => slug);

  it('serve the reads of a request without a transaction', async () => {
    const { body } = await app.request<Role[]>('GET', '/roles');
    expect(slugs(body)).toEqual(['on-the-replica']);
  });

  it('serve no read of a transaction, which must see what it wrote', async () => {
    const { body } = await app.request<Role[]>('POST', '/roles');
    expect(slugs(body)).toEqual(['new']);
    expect(await primary.query('SELECT slug FROM roles')).toEqual([{ slug: 'new' }]);
  });

  it('get the actor with a raw query, which may call a function that reads it', async () => {
    const queryRunner = app.dataSource.createQueryRunner('slave');
    const rows = await ActorContext.run({ name: 'report' }, () =>
      queryRunner.query(
        `SELECT current_setting('app.actor_name', true) AS actor, (SELECT slug FROM roles) AS slug`,
      ),
    );
    await queryRunner.release();
    expect(rows).toEqual([{ actor: 'report', slug: 'on-the-replica' }]);
  });
});
