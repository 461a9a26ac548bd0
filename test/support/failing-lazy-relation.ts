import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Column, Entity, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm';
import { DatabaseDataSource, dataSourceOptions, resolveDatabaseConfig } from '../../src/index.js';

/** Awaits a lazy relation whose table is gone: the error that the code got, in a process that still runs. */
@Entity('shelves')
class Shelf {
  @PrimaryColumn('integer')
  id!: number;

  @OneToMany(() => Book, (book) => book.shelf)
  books!: Promise<Book[]>;
}

@Entity('books')
class Book {
  @PrimaryColumn('integer')
  id!: number;

  @Column('text')
  title!: string;

  @ManyToOne(() => Shelf, (shelf) => shelf.books)
  shelf!: Promise<Shelf>;
}

Logger.overrideLogger(false);
const [url] = process.argv.slice(2);
const options = { url: url!, poolSize: 1, entities: [Shelf, Book] };
const dataSource = new DatabaseDataSource(dataSourceOptions(resolveDatabaseConfig(options, {})));
await dataSource.initialize();
await dataSource.query('CREATE TABLE shelves (id integer PRIMARY KEY)');
await dataSource.query('INSERT INTO shelves VALUES (1)');
const shelf = await dataSource.manager.findOneByOrFail(Shelf, { id: 1 });
const code = await shelf.books.then(
  () => 'it succeeded',
  (error: Error & { code?: string }) => error.code,
);
await sleep(50);
await dataSource.destroy();
process.stdout.write(`${code}\n`);
