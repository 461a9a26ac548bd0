import type { AddressInfo } from 'node:net';
import { Body, Controller, Get, Module, Post, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryGeneratedColumn, type DataSource, type Repository } from 'typeorm';
import { auditTable } from '../../../migrations/helpers/audit-table.js';
import { ActorContext } from '../../../src/engine/actor/actor-context.js';
import { Audited } from '../../../src/engine/decorators/audited.decorator.js';
import { Idempotent } from '../../../src/engine/idempotency/idempotent.decorator.js';
import { CoreDatabaseModule } from '../../../src/engine/module/core-database.module.js';

@Audited()
@Entity('songs')
class Song {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column('text')
  title!: string;
}

@Controller('songs')
class SongsController {
  constructor(@InjectRepository(Song) private readonly songs: Repository<Song>) {}

  @Post()
  @Idempotent({ required: true })
  async add(@Body() { title }: { title: string }) {
    const { id } = await this.songs.save({ title });
    return { id };
  }

  @Get()
  count() {
    return this.songs.count();
  }
}

/** A small application on the package, which writes with keys, and reads. */
export class Application {
  private constructor(
    private readonly nest: INestApplication,
    readonly url: string,
  ) {}

  static async start(databaseUrl: string): Promise<Application> {
    @Module({
      imports: [
        CoreDatabaseModule.forRoot({
          url: databaseUrl,
          poolSize: 8,
          actor: () => ({ name: 'failover test' }),
          transaction: { retries: 2 },
        }),
        TypeOrmModule.forFeature([Song]),
      ],
      controllers: [SongsController],
    })
    class ApplicationModule {}

    const nest = await NestFactory.create(ApplicationModule, {
      logger: false,
      abortOnError: false,
    });
    await nest.listen(0, '127.0.0.1');
    const { port } = nest.getHttpServer().address() as AddressInfo;
    return new Application(nest, `http://127.0.0.1:${port}/songs`);
  }

  async close(): Promise<void> {
    await this.nest.close();
  }
}

/** Creates the tables of the application. */
export async function createTables(dataSource: DataSource): Promise<void> {
  await ActorContext.run({ name: 'failover test' }, async () => {
    await dataSource.runMigrations();
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.query(
      'CREATE TABLE songs (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL)',
    );
    await auditTable(queryRunner, 'songs');
    await queryRunner.release();
  });
}
