import { Readable } from 'node:stream';
import type { Connection } from 'pg';

/** The driver's connection, as pg-query-stream uses it. */
interface DriverConnection {
  parse(statement: { text: string }): void;
  bind(portal: object): void;
  describe(portal: { type: 'P'; name: string }): void;
  flush(): void;
}

/**
 * What pg-query-stream makes of a query as long as nobody reads from it: the server holds its rows ready,
 * and the connection does nothing else.
 */
export class UnreadStream extends Readable {
  readonly handleRowDescription = () => undefined;
  readonly handleReadyForQuery = () => undefined;
  readonly handleError = () => undefined;

  constructor(private readonly text: string) {
    super({ objectMode: true });
  }

  submit(connection: Connection): void {
    const driver = connection as unknown as DriverConnection;
    driver.parse({ text: this.text });
    driver.bind({});
    driver.describe({ type: 'P', name: '' });
    driver.flush();
  }

  override _read(): void {}
}
